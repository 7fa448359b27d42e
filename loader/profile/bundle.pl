#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# An OCI bundle's config.json with a profile as an engine hands it to a runtime:
#   perl bundle.pl PROFILE COMMAND [CAP_...]... > config.json
# Includes and excludes are judged here once more, independently of verdict:
# for amd64, with these capabilities, on a kernel newer than all.
use strict;
use warnings;
use JSON::PP;

my ($file, $command, @caps) = @ARGV;
my %has = map { $_ => 1 } @caps;
open my $in, '<', $file or die "$file: $!\n";
my $profile = decode_json(do { local $/; <$in> });

sub holds {
	my ($entry) = @_;
	my ($in, $out) = ($entry->{includes} || {}, $entry->{excludes} || {});
	return 0 if grep { $_ eq 'amd64' } @{ $out->{arches} || [] };
	return 0 if grep { $has{$_} } @{ $out->{caps} || [] };
	return 0 if $out->{minKernel};
	return 0 if @{ $in->{arches} || [] } && !grep { $_ eq 'amd64' } @{ $in->{arches} };
	return !grep { !$has{$_} } @{ $in->{caps} || [] };
}

my %seccomp = map { $_ => $profile->{$_} } grep { exists $profile->{$_} } qw(defaultAction defaultErrnoRet architectures);
for my $machine (@{ $profile->{archMap} || [] }) {
	next if $machine->{architecture} ne 'SCMP_ARCH_X86_64';
	$seccomp{architectures} = [ $machine->{architecture}, @{ $machine->{subArchitectures} || [] } ];
}
for my $entry (grep { holds($_) } @{ $profile->{syscalls} }) {
	my %copy = map { $_ => $entry->{$_} } grep { defined $entry->{$_} } qw(names action errnoRet args);
	delete $copy{args} if $copy{args} && !@{ $copy{args} };
	push @{ $seccomp{syscalls} }, \%copy;
}

print encode_json({
	ociVersion => '1.0.2',
	process => {
		terminal => JSON::PP::false, user => { uid => 0, gid => 0 }, args => [$command], env => ['PATH=/'], cwd => '/',
		capabilities => { map { $_ => \@caps } qw(bounding effective permitted) }, noNewPrivileges => JSON::PP::false,
	},
	root => { path => 'rootfs', readonly => JSON::PP::false },
	mounts => [ { destination => '/proc', type => 'proc', source => 'proc' } ],
	linux => { namespaces => [ { type => 'mount' }, { type => 'pid' } ], seccomp => \%seccomp },
});
