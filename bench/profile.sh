#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes a container profile that does what the filter of a Docker container in
# the corpus does, so that it can be compiled in other forms:
#
#   sh bench/profile.sh VERDICT > profile.json
set -eu
verdict=${1:?usage: profile.sh VERDICT}
"$verdict" show --format json cases/suite/corpus/docker-1 | perl -MJSON::PP -e '
	local $/;
	my (%allowed, %by_arguments);
	for my $arch (@{decode_json(<STDIN>)->{archs}}) {
		next unless ($arch->{arch} // "") =~ /^(x86_64|i386)$/;
		for my $group (@{$arch->{groups}}) {
			my @outcomes = @{$group->{outcomes}};
			next unless grep { $_->{verdict}{action} eq "ALLOW" } @outcomes;
			(@outcomes > 1 ? $by_arguments{$_} : $allowed{$_}) = 1 for @{$group->{syscalls}};
		}
	}
	delete $allowed{$_} for keys %by_arguments;
	# what the two calls are allowed with: see `verdict show cases/suite/corpus/docker-1`
	my @known = ({ names => [sort keys %allowed], action => "SCMP_ACT_ALLOW" },
		{ names => ["clone"], action => "SCMP_ACT_ALLOW",
		  args => [{ index => 0, op => "SCMP_CMP_MASKED_EQ", value => 0x7e020000, valueTwo => 0 }] },
		map { { names => ["personality"], action => "SCMP_ACT_ALLOW",
			args => [{ index => 0, op => "SCMP_CMP_EQ", value => $_ }] } }
			0, 8, 0x20000, 0x20008, 0xffffffff);
	print JSON::PP->new->canonical->pretty->encode({ defaultAction => "SCMP_ACT_ERRNO", defaultErrnoRet => 1,
		architectures => ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], syscalls => \@known });
'
