#!/bin/sh
# SPDX-License-Identifier: MIT
# verdict bench: what it says, not how long things take.
#   sh bench/bench_test.sh            (from the project's root)
. vm/testing.sh
# STATUS ARGUMENTS...: runs bench, for a tenth of a second; whether it exits so.
bench() {
	want=$1
	shift
	"$verdict" bench -t 0.1 "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	[ $? = "$want" ]
}
says() { grep -q -e "$1" "$tmp/out" "$tmp/err"; }

cat >"$tmp/policy.bpfasm" <<'END'
        ld arch
        jne #x86_64, kill
        ld nr
        jge #0x40000000, kill
        jeq #x86_64.mkdir, deny
        jne #x86_64.ioctl, allow
        ld args[1].lo
        jeq #TIOCSTI, deny
allow:  ret #ALLOW
deny:   ret #ERRNO(EPERM)
kill:   ret #KILL_PROCESS
END
printf 'ret #ALLOW\n' >"$tmp/allow.bpfasm"
printf 'ld args[0].lo\njeq #7, a, b\na: ld args[0].lo\nld args[1].lo\nld args[2].lo\nret #ALLOW\nb: ret #ALLOW\n' \
	>"$tmp/look.bpfasm"
cat >"$tmp/calls.txt" <<'END'
read(0)
read(1)
ioctl(0, 0x5412)
ioctl(0, 1)
mkdir()
END

# ------------------------------------------------------------------ usage --
bench 2
ok $? "no source: status 2"
bench 2 "$tmp/allow.bpfasm" --plot "$tmp/x.pdf" && says 'svg or .png'
ok $? "a plot of another kind is refused"
bench 2 "$tmp/allow.bpfasm" --calls raed && says "did you mean 'read'"
ok $? "a call's name that nobody has: the near one is told"
bench 2 "$tmp/allow.bpfasm" --abi x86-46 && says 'unknown ABI'
ok $? "an unknown ABI is refused"
bench 2 "$tmp/allow.bpfasm" --format csv && says 'pretty or json'
ok $? "an unknown format is refused"
bench 2 "$tmp/allow.bpfasm" -r "$tmp/calls.txt" -- 'read()' && says 'one of them'
ok $? "records and calls are not for one run"
"$verdict" bench -t 0 "$tmp/allow.bpfasm" >"$tmp/out" 2>"$tmp/err"
[ $? = 2 ] && says 'takes seconds'
ok $? "no time to measure is refused"
bench 2 "$tmp/allow.bpfasm" -- 'raed()' && says 'raed'
ok $? "a call that cannot be read is told"
bench 2 "$tmp/allow.bpfasm" -r "$tmp/none" && says 'none'
ok $? "a file of records that is not there is told"
: >"$tmp/empty"
bench 2 "$tmp/allow.bpfasm" -r "$tmp/empty" && says 'no records'
ok $? "an empty file of records is told"
bench 2 "$tmp/allow.bpfasm" -o "$tmp/no/such/folder" && says 'cannot be written'
ok $? "a report that cannot be written is told"

# ---------------------------------------------------------------- reports --
bench 0 "$tmp/policy.bpfasm" && says 'at most 9 instructions for any call, proved' && says '^nanoseconds a call'
ok $? "the most that any call takes is proved"
bench 0 "$tmp/policy.bpfasm" --all && [ "$(grep -c '^ioctl  *arguments  *9 ' "$tmp/out")" = 1 ] &&
	says '^mkdir  *number  *6 ' && says '^read  *bitmap  *7 '
ok $? "each call: what decides it, and its instructions"
awk 'length > 80' "$tmp/out" >"$tmp/wide"
[ ! -s "$tmp/wide" ]
ok $? "the report has 80 columns"
bench 0 "$tmp/look.bpfasm" -c read && says '^read  *arguments  *6 '
ok $? "the arguments that make a call dearest are found"
bench 0 "$tmp/policy.bpfasm" "$tmp/allow.bpfasm" "$tmp/allow.bpfasm" -- 'ioctl(0, 0x5412)' 'read()' &&
	says 'oldest first: 9 + 1 + 1' && says 'oldest first: 7 + 1 + 1'
ok $? "calls on the command line: each filter's instructions"
says '^Each filter' && says '^By depth'
ok $? "a stack: the cost of each filter, and by depth"
bench 0 "$tmp/policy.bpfasm" -f json && json '@{$j->{calls}} > 300 && $j->{worst}{instructions} == 9 &&
	$j->{worst}{proved} && !defined $j->{kernel} && @{$j->{filters}} == 1 && @{$j->{depth}} == 5'
ok $? "JSON"
bench 0 "$tmp/policy.bpfasm" -f json --abi aarch64 -c read,openat && json '@{$j->{calls}} == 2 &&
	$j->{calls}[0]{audit_arch} eq "0xc00000b7" && $j->{calls}[0]{instructions_max} == 3'
ok $? "another ABI's calls"
bench 0 "$tmp/policy.bpfasm" -f json -r "$tmp/calls.txt" && json '$j->{all}{records} == 5 &&
	$j->{all}{calls} == 3 && $j->{by_arguments}{records} == 2 && $j->{known_to_bitmap}{records} == 2 &&
	$j->{by_number}{records} == 1 && defined $j->{sequence_engine}'
ok $? "records weigh the calls; each is in one group"
bench 0 "$tmp/policy.bpfasm" -r "$tmp/calls.txt" && says 'In the order recorded: machine'
ok $? "records are timed in their order"

# --------------------------------------------------------------- compared --
bench 0 "$tmp/policy.bpfasm" --compare "$tmp/allow.bpfasm" && says '^machine ' && says '95 % confidence interval' &&
	says '^ioctl  *9  *1 '
ok $? "two stacks: the difference and its interval"
bench 0 "$tmp/policy.bpfasm" --compare "$tmp/allow.bpfasm" -f json && json '$j->{machine}{difference} > 0 &&
	$j->{machine}{low} <= $j->{machine}{difference} && $j->{machine}{difference} <= $j->{machine}{high}'
ok $? "the same as JSON"
bench 2 "$tmp/policy.bpfasm" --compare "$tmp/allow.bpfasm" --plot "$tmp/x.svg"
ok $? "a comparison is not drawn"

# ------------------------------------------------------------------ plots --
if command -v gnuplot >/dev/null; then
	bench 0 "$tmp/policy.bpfasm" -c mkdir,ioctl,read --plot "$tmp/cost.svg" && xmllint --noout "$tmp/cost.svg" 2>>"$tmp/err" &&
		[ ! -s "$tmp/err" ] && grep -q 'nanoseconds a call' "$tmp/cost.svg" && grep -q mkdir "$tmp/cost.svg"
	ok $? "an SVG with labelled axes"
	bench 0 "$tmp/policy.bpfasm" --plot "$tmp/cost.png" && head -c 4 "$tmp/cost.png" | grep -q PNG
	ok $? "a PNG"
else
	skip "an SVG with labelled axes" "gnuplot is not installed"
	skip "a PNG" "gnuplot is not installed"
fi
mkdir "$tmp/bin"
absolute=$(realpath "$verdict")
PATH=$tmp/bin "$absolute" bench -t 0.1 "$tmp/policy.bpfasm" --plot "$tmp/none.svg" >"$tmp/out" 2>"$tmp/err"
[ $? = 3 ] && says 'gnuplot is not installed' && says '^nanoseconds a call' && [ ! -e "$tmp/none.svg" ]
ok $? "without gnuplot: said so, status 3, the report is there, no file is"

# ----------------------------------------------------------------- kernel --
if bench 0 -k "$tmp/policy.bpfasm" --all; then
	says '^Kernel: nanoseconds' && says ', 0 differ$' && ! says 'differs:'
	ok $? "the bitmap's prediction is as the kernel does"
	says '^read  *bitmap .* +-' && says '^ioctl  *arguments .* +-'
	ok $? "calls are measured in the kernel"
	bench 0 -k "$tmp/policy.bpfasm" -f json -- 'read()' 'i386 read()' 'x32 read()' 'aarch64 read()' 'x86_64 335()' &&
		json '(grep { $_->{points}[0]{how} eq "ends" } @{$j->{calls}}) >= 1 &&
			(grep { $_->{points}[0]{how} eq "no entry" } @{$j->{calls}}) >= 1 &&
			(grep { $_->{points}[0]{how} eq "bypassed" && !defined $_->{kernel} } @{$j->{calls}}) == 1'
	ok $? "calls that end their task, have no entry or no filters get no figure"
	bench 0 -k "$tmp/policy.bpfasm" -c read,ioctl -f json && json '$j->{kernel}{places}{n} == 32 &&
		$j->{kernel}{places}{low} <= $j->{kernel}{places}{high} && $j->{kernel}{places}{within} >= 0'
	ok $? "how far places in memory differ is told"
	printf 'ret #KILL_PROCESS\n' >"$tmp/kill.bpfasm"
	bench 0 -k "$tmp/kill.bpfasm" -c read -f json && json '$j->{kernel}{entry}{ns} > 0 &&
		!defined $j->{kernel}{places} && !defined $j->{all}{kernel}'
	ok $? "where no call is measured, no place is"
	bench 0 -k "$tmp/policy.bpfasm" --compare "$tmp/allow.bpfasm" && says '^kernel '
	ok $? "two stacks in the kernel"
	bench 0 -k "$tmp/policy.bpfasm" --compare "$tmp/allow.bpfasm" -f json &&
		json '$j->{full_speed} >= 0 && $j->{full_speed} <= 1 && $j->{kernel}{passes} == 32'
	ok $? "how many turns ran at full speed is told"
	# allowed by number, in a way that the bitmap does not understand
	printf 'ld nr\nor #0\njeq #x86_64.read, a, b\na: ret #ALLOW\nb: ret #ALLOW\n' >"$tmp/or.bpfasm"
	bench 0 -k "$tmp/or.bpfasm" -c read,exit,getpid -f json &&
		json '!grep { $_->{bitmap} || $_->{bitmap_measured} ne "agrees" || $_->{points}[0]{how} ne "judged" } @{$j->{calls}}'
	ok $? "what the bitmap does not understand is judged, as predicted"
	"$verdict" kernel -f json >"$tmp/kernel" 2>>"$tmp/err"
	if json '$j->{entries}{i386}' "$tmp/kernel"; then
		# exit_group and fork are asked by a number that stands in, rmdir itself
		printf 'ld nr\njeq #i386.rmdir, no\njne #i386.mkdir, yes\nld args[1].lo\njeq #0, no\nyes: ret #ALLOW\nno: ret #ERRNO(EPERM)\n' >"$tmp/i386.bpfasm"
		bench 0 -k "$tmp/i386.bpfasm" --abi i386 -c read,fork,exit_group,mkdir,rmdir -f json &&
			json '$j->{kernel}{bitmap_end_i386} > 384 && @{$j->{calls}} == 5 &&
				!(grep { $_->{bitmap_measured} ne "agrees" } @{$j->{calls}}) &&
				(grep { $_->{bitmap} } @{$j->{calls}}) == 3'
		ok $? "i386 calls have a bitmap of their own, which is as predicted"
		bench 0 -k "$tmp/allow.bpfasm" -f json -- 'i386 read()' 'i386 900()' &&
			json '!(grep { $_->{bitmap_measured} ne "agrees" } @{$j->{calls}}) &&
				(grep { $_->{points}[0]{how} eq "judged" } @{$j->{calls}}) == 1'
		ok $? "i386's bitmap ends where its table does"
	else
		skip "i386 calls have a bitmap of their own, which is as predicted" "no i386 entry"
		skip "i386's bitmap ends where its table does" "no i386 entry"
	fi
	if [ "$(id -u)" = 0 ]; then
		# installed one after the other where the first forbids it: a template without its filters can
		printf 'ld nr\njeq #x86_64.seccomp, b\na: ret #ALLOW\nb: ret #ERRNO(EPERM)\n' >"$tmp/no-more.bpfasm"
		bench 0 -k "$tmp/no-more.bpfasm" "$tmp/allow.bpfasm" -c read
		ok $? "a filter that forbids seccomp(2) can be below others"
	else
		skip "a filter that forbids seccomp(2) can be below others" "needs CAP_SYS_ADMIN"
	fi
	! ps -eo args | grep -q "[v]erdict bench -t 0.1 .*$tmp"
	ok $? "no process is left"
else
	grep -q 'cannot be asked' "$tmp/err"
	ok $? "a kernel that cannot be asked: said so"
	skip "the rest of --kernel" "$(head -n 1 "$tmp/err")"
fi
done_testing
