#!/bin/sh
# SPDX-License-Identifier: MIT
# test --live: the running kernel as the judge. Prints TAP; run from the project's root.
. vm/testing.sh

cd "$tmp" || exit 1
chmod 755 .
cat >live.yaml <<'END'
version: 1
filters:
  f: {asm: "ld [0]\njeq #1, one, rest\none: ret #ERRNO(EPERM)\nrest: ret #LOG"}
  killer: {asm: "ret #KILL_PROCESS"}
  bad: {asm: "ld [0]"}
cases:
  - {name: finite, stack: [f], syscall: 0..9, expect: {not: TRAP}}
  - {name: both entries, stack: [f, killer], arch: [x86_64, i386, x32], syscall: write, expect: KILL_PROCESS}
  - {name: elsewhere, stack: [f], arch: aarch64, syscall: io_setup, expect: LOG}
  - {name: refused, install: {filter: bad, expect: EINVAL}}
  - {name: left out, stack: [f], syscall: read, expect: LOG, skip: not here}
END

"$verdict" test --live=require live.yaml >out 2>err
if [ $? -eq 3 ]; then
	skip "the kernel as the judge" "$(cat err)"
	check "one line says why" "$(wc -l <err)" 1
	gives 0 "auto goes on without" "$verdict" test --live live.yaml
	holds out "kernel: 0 records asked of the kernel" "and says so"
	done_testing
	exit 0
fi

# 10 calls, 3 ABIs (2 where there is no i386), 1 install; aarch64's is not asked.
counted=$("$verdict" test --live -f json live.yaml | sed -n 's/^  "asked": \([0-9]*\),.*/\1/p')
[ "$counted" = 13 ] && asked=13 || asked=14
gives 0 "machine and kernel agree" "$verdict" test --live=require live.yaml
holds out "kernel: $asked records asked of the kernel" "pretty counts what was asked"
check "the closing line is the count" "$(tail -n 1 out)" "4 passed, 0 failed, 1 skipped"
gives 0 "tap" "$verdict" test --live -f tap live.yaml
holds out "# $asked records asked of the kernel" "tap counts"
holds out "  asked: 10" "and for each case"
gives 0 "junit" "$verdict" test --live -f junit live.yaml
holds out "enumerated, 10 records, 10 asked of the kernel" "junit counts"
gives 0 "json" "$verdict" test --live -f json live.yaml
holds out "\"asked\": $asked" "json counts"
holds out '"disagree": 0' "and has disagreements"
gives 0 "never" "$verdict" test --live=never live.yaml
! grep -q kernel: out
ok $? "the kernel is not mentioned"

# The longest programs: LOG is told from ALLOW by their values, where these can be asked.
long() { awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) print "add #3" }'; echo "$2"; }
long 4092 'ret #LOG' >k.bpfasm
long 4095 'ret #LOG' >k4096.bpfasm
long 4091 'ret a' >a.bpfasm
long 4092 'ret a' >a4093.bpfasm
blurred() {
	printf 'version: 1\nfilters: {f: %s}\ncases: [{name: all, stack: f, syscall: 1..8, expect: {not: TRAP}}]\n' "$1" >long.yaml
	"$verdict" test --live -f json long.yaml >out 2>err
	sed -n 's/^  "blurred": \([0-9]*\),.*/\1/p' out
}
if "$verdict" test --live live.yaml | grep -q 'without CAP_SYS_ADMIN'; then
	skip "programs of full length" "no CAP_SYS_ADMIN"
else
	check "4,093 instructions without RET A" "$(blurred k.bpfasm)" 0
	check "4,096 instructions without RET A" "$(blurred k4096.bpfasm)" 0
	check "4,092 instructions with RET A" "$(blurred a.bpfasm)" 0
	# 4092 * 3 is a value that kills: nothing is like a kill
	check "4,093 instructions with RET A, a kill" "$(blurred a4093.bpfasm)" 0
	{ echo 'ld #0x7fff0000'; long 4091 'ret a' | sed 's/#3/#0/'; } >a4093.bpfasm
	check "4,093 instructions with RET A, ALLOW" "$(blurred a4093.bpfasm)" 1
	"$verdict" test --live long.yaml | tr '\n' ' ' | tr -s " " >out; echo >>out
	holds out "1 record asked of the kernel (1 only as a task experiences them, LOG as ALLOW" "and that is said"
fi

suite=$root/cases/suite
gives 0 "a part of the shipped suite" "$verdict" test --live "$suite/precedence/pairs.yaml" "$suite/user-notification"
holds out "kernel: " "is judged"

if [ "$(id -u)" -eq 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups "$verdict" --version >out 2>err; then
	gives 0 "without root" setpriv --reuid=65534 --regid=65534 --clear-groups "$verdict" test --live=require live.yaml
	holds out "without CAP_SYS_ADMIN" "what is missing is named"
	printf 'version: 1\nfilters: {f: {asm: "ret #ALLOW"}}\ncases: [{name: second, install: {filter: f, expect: accepted}, stack: f}]\n' >second.yaml
	setpriv --reuid=65534 --regid=65534 --clear-groups "$verdict" test -v --live=require second.yaml | tr '\n' ' ' | tr -s " " >out; echo >>out
	holds out "second: checked, not asked of the kernel: installing on top of other filters needs" "and each case that is not asked"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$verdict" test --live=require live.yaml >out
	holds out "$asked records asked of the kernel" "and as much is asked"
else
	skip "without root" "not root, or setpriv or the program is not to be had for others"
fi

done_testing
