#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes first inputs for every target into DIR/TARGET, made of what the tree
# has: the shipped suite, and the texts that the error tests read. merge.sh
# keeps the few of them that reach something of their own.
#   sh fuzz/seeds.sh DIR             (from the project's root)
set -eu
dir=${1:?"usage: seeds.sh DIR"}
suite=cases/suite
n=0

# Names a new input of a target.
seed() {
	n=$((n + 1))
	mkdir -p "$dir/$1"
	into=$dir/$1/seed-$n
}
# The files, each an input, with bytes put before them.
files() {
	target=$1 before=$2
	shift 2
	for file; do
		[ "$(wc -c <"$file")" -le 6000 ] || continue
		seed "$target"
		{
			# shellcheck disable=SC2059
			printf "$before"
			cat "$file"
		} >"$into"
	done
}
# The lines of stdin, each an input, with a text before it.
lines() {
	while IFS= read -r line; do
		seed "$1"
		printf '%s%s\n' "$2" "$line" >"$into"
	done
}

asm=$(find loader/errors $suite -name '*.bpfasm' | sort)
rules=$(find loader/errors $suite -name '*.rules' | sort)
ctext=$(find loader/errors $suite -name '*.ctext' -o -path "$suite/c/*.c" | sort)
profiles=$(find loader/profile $suite/oci -name '*.json' -o -path 'loader/profile/errors/*.yaml' | sort)
programs=$(find $suite -name '*.bpf' -size -2k | sort)
cases=$(find $suite -name '*.yaml' -size -8k | sort)

# shellcheck disable=SC2086
{
	files asm '' $asm
	files rules '' $rules
	files ctext '\000' $ctext
	files oci '\000\000' $profiles
	files oci '\002\001' $profiles
	files yaml '' $profiles $suite/errors/yaml-*.yaml $suite/rules/*.yaml
	files raw '' $programs
	files check '' $programs
	files listing '\000' $programs
	files listing '\007' $programs
	files engine '\001\100' $programs
	files engine '\200\100' $programs
	files source 'asm:input\n' $asm
	files source 'rules:input\n' $rules
	files source 'oci,runtime=runc,kernel=5.10,caps=CAP_SYS_ADMIN,arch=x86_64,tree:input\n' $profiles
	files source 'c,arch=i386,array=deny:input\n' $ctext
	files source 'input\n' $programs $rules
	files cases '' $cases
}
# What case files name comes along with them.
for file in $suite/rules/*.yaml $suite/c/*.yaml $suite/user-notification/*.yaml $suite/holes/*.yaml; do
	[ -e "$file" ] && [ "$(wc -c <"$file")" -le 6000 ] || continue
	seed cases
	cat "$file" >"$into"
	for beside in "${file%/*}"/*.rules "${file%/*}"/*.bpfasm "${file%/*}"/*.c; do
		[ -e "$beside" ] && grep -q "${beside##*/}" "$file" || continue
		{
			printf '%s\n' "-- ${beside##*/} --"
			cat "$beside"
		} >>"$into"
	done
done
for file in $programs; do
	for target in prove map; do
		seed $target
		{
			printf '\000\013'
			head -c 88 "$file"
			printf '\000\013'
			tail -c 88 "$file"
			printf '\041\000\000\000\000\377\000\000\000\000\000\377\177\001\000\000\000'
		} >"$into"
	done
done

# Values of keys in case files.
values() {
	# shellcheck disable=SC2086
	sed -n "s/.*[ {]$1: *\"\{0,1\}\([^\"{}]*\).*/\1/p" $cases | sort -u | head -n 60
}
for call in 'x86_64 read' 'i386 lseek' 'x32 openat' 's390x 7' ''; do
	values where | lines where "$call
"
done
printf '%s\n' 'fd == 3 && (flags & O_CREAT)' 'arg0.hi != 0 || s32(arg1) < -4096' '(ip >> 12) == 0x7f' \
	'nr == 16 && u16(arg2) & 0o7000' '!(~arg3 ^ arg4) || arch == x86_64' | lines where 'x86_64 openat
'
printf '%s\n' 'nr == 16 && ret.action == ERRNO && arg1.lo == TIOCSTI' 'ret != ERRNO(EPERM) || ret.data & 0xff' \
	'arch == i386 && nr == i386.socketcall && ret.action <= TRAP' | lines where '?
'
values args | lines expr '<'
values expect | lines expr '='
values syscall | lines expr '>'
printf '%s\n' 'O_RDWR|O_CREAT' '(1 << 28) | 3' '-1' '0x10' '~0' 'ENOSYS' '0b11 ^ 0o17' "010" | lines expr 'A'
printf '%s\n' 'ERRNO(EPERM)' 'SCMP_ACT_TRACE(0x10)' 'ALLOW' '0x7ffc0000' 'TRAP(5' | lines expr 'B'
printf '%s\n' 'x86_64' 'SCMP_ARCH_AARCH64' '0x40000003' 'openat' '0x40000001' '-1' 'raed' | lines expr 'C'
printf '%s\n' 'sizeof(unsigned long) * 3' '(unsigned)-1 >> 3' 'offsetof(struct seccomp_data, args[2])' '__NR_openat' \
	"1 ? 2 : 3" '0x10UL % 7' | lines expr 'D'
printf '%s\n' '#017' 'ALLOW, next' 'x86_64.mkdir' '0x10 ; rest' | lines expr 'E'
printf '%s\n' 'read()' 'x86_64 ioctl(0, 0x5412) @0x400000' 'i386 socketcall(1, -1)' 'x32 0x40000001(1,2,3,4,5,6)' \
	'0xdeadbeef 7(0xffffffffffffffff)' 's390x open(O_RDWR|O_CREAT)' 'raed(0' 'read(1,)' 'mips 4001()' |
	lines call ''
printf '%s\n' 'read(0)' '# a comment' '  write(1, 2, 3) # behind it' 'raed()' | { seed records; cat >"$into"; }
seed records
{ head -c 64 /dev/zero; printf '\020\000\000\000\076\000\000\300'; head -c 60 /dev/zero; } >"$into"
printf '%s\n' 'plain' 'quo"te\ and	tab' '' "$(printf 'caf\303\251 \377\300\200 \342\202\254')" | lines json ''
# shellcheck disable=SC2086
{
	values call
	values saw | sed 's/^/?/'
	values signal | sed 's/^/!/'
	values delay | sed 's/^/+/'
	printf '%s\n' '= EPERM' '= any' '=-1' '!SIGUSR1' '+50ms' 'mkdir("$tmp/a\n\x41", 0o700) = EPERM' \
		'data path
read(0, [64], 64) = 5' 'data a
open($a) = any' '?mkdir(_, _)'
} | lines scenario ''
printf '%s\n' 'mkdir: errno EPERM' 'i386 socketcall: value -7' 'any: continue' '83: fd /dev/null' 'mkdir: fd' \
	'nope mkdir: continue' ': continue' | lines answer ''
printf '%s\n' x86_64 SCMP_ARCH_X86_64 openat raed ENOTSUP O_CREAT 'ERRNO(EPERM)' KILL_PROCES 0x00050001 'TRACE(7)' |
	lines names ''
printf '%s\n' 'disable: [unknown-calls, unreachable]' 'disable: {unknown-calls: libc}' 'disable: unreachabl' 'x: 1' |
	lines off ''

logs=$(find loader/log/golden -name '*.log' | sort)
# shellcheck disable=SC2086
files log '' $logs
# Their lines one by one.
# shellcheck disable=SC2086
cat $logs | lines strace '@'
# shellcheck disable=SC2086
cat $logs | lines audit ''
# A task, a run of three records that it made, how often the first was made.
seed index
{
	printf '\001\010\001\002\000\000\007\000\000\000\007\000\000\000\000\000\000\000sh'
	head -c 14 /dev/zero
	printf '\002\001\014\000\002\000\000\000\000\000\000\000\003\000\000\000'
	printf '\004\001\000\000\000\000\000\000\005\000\000\000\000\000\000\000'
} >"$into"
