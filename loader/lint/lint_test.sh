#!/bin/sh
# SPDX-License-Identifier: MIT
# lint: the holes of the suite, every rule at its boundary, records that eval
# confirms, and the subcommand as it is called. Run from the project's root.
. vm/testing.sh
holes=$(realpath cases/suite/holes)
corpus=$(realpath cases/suite/corpus)
cd "$tmp" || exit 1

# The rules of the findings in out, each once, on one line.
rules() { sed -n 's/^\(error\|warning\|note\|unknown\): \([a-z0-9-]*\): .*/\2/p' out | sort -u | tr '\n' ' ' | sed 's/ $//'; }

# SOURCE: every record in out gives in eval the verdict that is said. Prints how many.
confirm() {
	sed -n 's/^  record:   //p' out >records
	sed -n 's/^  verdict:  \(.*\), decided by.*/\1/p' out >said
	"$verdict" eval "$1" --records records >evaluated 2>err || return 1
	sed -n '/^[^ ]/s/^.*): \|^[^ ].*@0x[0-9a-f]*: //p' evaluated >given
	[ "$(wc -l <records)" -eq "$(grep -c '^\(error\|warning\|note\): ' out)" ] && cmp -s said given
}

# ------------------------------------------------------------------ the suite

while read -r hole rule; do
	"$verdict" lint "$holes/$hole.bad.bpfasm" >out 2>err
	[ $? -eq 1 ] && rules | grep -qw -- "$rule" && confirm "$holes/$hole.bad.bpfasm"
	ok $? "$hole: $rule in the bad filter"
	"$verdict" lint "$holes/$hole.good.bpfasm" >out 2>err
	[ $? -eq 0 ] && [ "$(cat out)" = "no findings" ]
	ok $? "$hole: nothing in the good one"
done <<-'TABLE'
	argument-order argument-order
	either either-argument
	empty-policy nothing-runs
	foreign-abi foreign-abi
	high-half high-half-open
	killed-probes probe-killed
	masked-action masked-kill
	multiplexed multiplexer-open
	newer-calls equivalent-open
	no-arch-check arch-unchecked
	sign-extension sign-extension
	signed signed-compare
	truncated-jump unreachable
	unknown-calls unknown-calls
	wrong-abi-number wrong-abi-number
	wrong-half wrong-half
	x32-numbers x32-open
TABLE
[ $n -eq "$(find "$holes" -name '*.bad.bpfasm' -o -name '*.good.bpfasm' | wc -l)" ]
ok $? "every hole of the suite was looked at"

for stack in "$corpus"/*/; do
	"$verdict" lint "$stack" >out 2>err
	[ $? -le 1 ] && ! grep -q '^unknown' out && confirm "$stack"
	ok $? "${stack#"$corpus"/} $(rules | wc -w) rules, records confirmed"
done

# ------------------------------------------------------------------ each rule

# NAME RULES: the program on stdin has findings of these rules, and of no others.
lint() {
	cat >filter.bpfasm
	"$verdict" lint filter.bpfasm >out 2>err
	status=$?
	[ "$(rules)" = "$2" ] && confirm filter.bpfasm && [ $status -eq "$([ -z "$2" ] && echo 0 || echo 1)" ]
	ok $? "$1"
}
# x86-64 only, then what stdin says of nr in A; it has labels deny, run and kill.
native() {
	{
		printf '\tld arch\n\tjeq #x86_64, native, kill\nnative:\tld nr\n\tjge #0x40000000, kill, body\nbody:\n'
		cat >middle
		cat middle
		grep -q 'deny' middle && printf 'deny:\tret #ERRNO(EPERM)\n'
		printf 'run:\tret #ALLOW\nkill:\tret #KILL_PROCESS\n'
	} >body
	lint "$1" "$2" <body
}

lint "everything runs: that decides nothing" never-decides <<'ASM'
	ret #ALLOW
ASM
lint "everything is killed" nothing-runs <<'ASM'
	ret #KILL_PROCESS
ASM
lint "everything asks a supervisor" "" <<'ASM'
	ret #USER_NOTIF
ASM
lint "a number without its arch" "arch-unchecked x32-open" <<'ASM'
	ld nr
	jeq #x86_64.reboot, deny, run
deny:	ret #ERRNO(EPERM)
run:	ret #ALLOW
ASM
lint "the arch is compared, and does not matter" "arch-unchecked unreachable x32-open" <<'ASM'
	ld arch
	jeq #x86_64, here, here
	ret #ALLOW
here:	ld nr
	jeq #x86_64.reboot, deny, run
deny:	ret #ERRNO(EPERM)
run:	ret #ALLOW
ASM
lint "i386 is let through" foreign-abi <<'ASM'
	ld arch
	jeq #x86_64, native, run
native:	ld nr
	jge #0x40000000, deny, body
body:	jeq #x86_64.reboot, deny, run
deny:	ret #ERRNO(EPERM)
run:	ret #ALLOW
ASM
lint "i386 is let through, an argument is restricted on x86-64" foreign-abi <<'ASM'
	ld arch
	jeq #x86_64, native, run
native:	ld nr
	jge #0x40000000, deny, body
body:	jeq #x86_64.ioctl, command, run
command:
	ld args[1].lo
	jeq #TIOCSTI, deny, run
deny:	ret #ERRNO(EPERM)
run:	ret #ALLOW
ASM
lint "i386 is let through, and asks nobody" "" <<'ASM'
	ld arch
	jeq #x86_64, native, run
native:	ld nr
	jeq #x86_64.reboot, ask, run
ask:	ret #TRACE
run:	ret #ALLOW
ASM
lint "i386 is known, and forgotten" abi-gap <<'ASM'
	ld arch
	jeq #x86_64, native, other
other:	jeq #i386, compat, kill
native:	ld nr
	jge #0x40000000, kill, body
body:	jeq #x86_64.reboot, deny, next
next:	jeq #x86_64.swapon, deny, run
compat:	ld nr
	jeq #i386.reboot, deny, run
deny:	ret #ERRNO(EPERM)
run:	ret #ALLOW
kill:	ret #KILL_PROCESS
ASM
lint "an allowlist of one ABI, and all of another" abi-gap <<'ASM'
	ld arch
	jeq #x86_64, native, other
other:	jeq #i386, run, kill
native:	ld nr
	jge #0x40000000, kill, body
body:	jeq #x86_64.read, run, next
next:	jeq #x86_64.exit_group, run, none
none:	ret #ERRNO(ENOSYS)
run:	ret #ALLOW
kill:	ret #KILL_PROCESS
ASM
lint "x32's numbers are looked at as well" "" <<'ASM'
	ld arch
	jeq #x86_64, native, kill
native:	ld nr
	jeq #x86_64.reboot, deny, next
next:	jeq #x32.reboot, deny, run
deny:	ret #ERRNO(EPERM)
run:	ret #ALLOW
kill:	ret #KILL_PROCESS
ASM

native "a newer mount call is left open" equivalent-open <<'ASM'
	jeq #x86_64.mount, deny, n2
n2:	jeq #x86_64.move_mount, deny, n3
n3:	jge #x86_64.fsopen, n4, n6
n4:	jgt #x86_64.fspick, n5, deny
n5:	jeq #x86_64.open_tree_attr, deny, run
n6:	jeq #x86_64.open_tree, deny, run
ASM
native "the newer mount calls are denied too" "" <<'ASM'
	jeq #x86_64.mount, deny, n2
n2:	jge #x86_64.open_tree, n3, run
n3:	jgt #x86_64.fspick, n4, deny
n4:	jeq #x86_64.mount_setattr, deny, n5
n5:	jeq #x86_64.open_tree_attr, deny, run
ASM
native "an allowlist is not blamed for what it does not list" "" <<'ASM'
	jeq #x86_64.openat, run, n2
n2:	jeq #x86_64.clone, run, n3
n3:	jeq #x86_64.exit_group, run, none
none:	ret #ERRNO(ENOSYS)
ASM
native "an allowlist that looks at clone's flags and allows clone3" equivalent-open <<'ASM'
	jeq #x86_64.clone, flags, n2
n2:	jeq #x86_64.clone3, run, n3
n3:	jeq #x86_64.exit_group, run, none
flags:	ld args[0].lo
	jset #CLONE_NEWUSER, deny, run
none:	ret #ERRNO(ENOSYS)
ASM
native "openat restricts the same flags as open" "" <<'ASM'
	jeq #x86_64.open, one, n2
n2:	jeq #x86_64.openat, two, n3
n3:	jeq #x86_64.creat, deny, n4
n4:	jeq #x86_64.openat2, none, n5
n5:	jeq #x86_64.io_uring_setup, none, run
one:	ld args[1].lo
	jset #O_RDWR, deny, run
two:	ld args[2].lo
	jset #O_RDWR, deny, run
none:	ret #ERRNO(ENOSYS)
ASM
native "openat restricts fewer flags than open" equivalent-open <<'ASM'
	jeq #x86_64.open, one, n2
n2:	jeq #x86_64.openat, two, n3
n3:	jeq #x86_64.creat, deny, n4
n4:	jeq #x86_64.openat2, none, n5
n5:	jeq #x86_64.io_uring_setup, none, run
one:	ld args[1].lo
	jset #O_RDWR|O_WRONLY, deny, run
two:	ld args[2].lo
	jset #O_RDWR, deny, run
none:	ret #ERRNO(ENOSYS)
ASM

native "a mask that takes the command's low half" "" <<'ASM'
	jeq #x86_64.ioctl, c, run
c:	ld args[1].lo
	jeq #TIOCSTI, deny, run
ASM
native "an allowed command with something above it" high-half-closed <<'ASM'
	jeq #x86_64.ioctl, c, run
c:	ld args[1].hi
	jeq #0, lo, deny
lo:	ld args[1].lo
	jeq #TCGETS, run, deny
ASM
native "the high half of a pointer is the kernel's too" "" <<'ASM'
	jeq #x86_64.munmap, c, run
c:	ld args[0].hi
	jeq #0, run, deny
ASM
native "16 bits of a mode, by 32" high-half-open <<'ASM'
	jeq #x86_64.fchmod, c, run
c:	ld args[1].lo
	jeq #07777, deny, run
ASM
native "16 bits of a mode, masked" "" <<'ASM'
	jeq #x86_64.fchmod, c, run
c:	ld args[1].lo
	and #0xffff
	jeq #07777, deny, run
ASM
native "a negative int by one form of it runs" sign-extension <<'ASM'
	jeq #x86_64.openat, c, run
c:	ld args[0].hi
	jeq #0, lo, deny
lo:	ld args[0].lo
	jeq #0xffffff9c, run, deny
ASM
native "values of an int, one by one" "" <<'ASM'
	jeq #x86_64.setpriority, c, run
c:	ld args[2].lo
	jeq #0, run, d
d:	jeq #1, run, deny
ASM
native "small priorities are denied, negative ones run" signed-compare <<'ASM'
	jeq #x86_64.setpriority, c, run
c:	ld args[2].lo
	jgt #10, run, deny
ASM
native "an order of an unsigned argument" "" <<'ASM'
	jeq #x86_64.fcntl, c, run
c:	ld args[0].lo
	jgt #10, deny, run
ASM
native "an order of 64 bits, the equal high half last" "" <<'ASM'
	jeq #x86_64.mmap, c, run
c:	ld args[0].hi
	jgt #1, run, e
e:	jge #1, lo, deny
lo:	ld args[0].lo
	jge #5, run, deny
ASM
native "a denylist of two arguments together" "" <<'ASM'
	jeq #x86_64.fcntl, c, run
c:	ld args[0].lo
	jeq #3, d, run
d:	ld args[1].lo
	jeq #4, deny, run
ASM

native "EPERM for numbers to come" unknown-calls <<'ASM'
	jeq #x86_64.read, run, n2
n2:	jeq #x86_64.exit_group, run, deny
ASM
native "ENOSYS for numbers to come" "" <<'ASM'
	jeq #x86_64.read, run, n2
n2:	jeq #x86_64.exit_group, run, n3
n3:	jge #x86_64.file_setattr, n4, deny
n4:	jgt #x86_64.file_setattr, none, deny
none:	ret #ERRNO(ENOSYS)
ASM
native "clone3 refused where clone runs" probe-refused <<'ASM'
	jeq #x86_64.clone3, deny, run
ASM
native "clone3 refused where clone is denied as well" "" <<'ASM'
	jeq #x86_64.clone3, deny, n2
n2:	jeq #x86_64.clone, deny, n3
n3:	jeq #x86_64.fork, deny, n4
n4:	jeq #x86_64.vfork, deny, run
ASM
native "openat2 killed where openat runs" probe-killed <<'ASM'
	jeq #x86_64.openat2, kill, run
ASM
native "an instruction that only a contradiction reaches" unreachable <<'ASM'
	jeq #x86_64.reboot, a, run
a:	jeq #x86_64.swapon, run, b
b:	jgt #200, dead, deny
dead:	ret #LOG
ASM
native "every instruction is reached" "" <<'ASM'
	jeq #x86_64.reboot, deny, b
b:	jgt #200, log, run
log:	ret #LOG
ASM
native "an action that is none" unknown-action <<'ASM'
	jeq #x86_64.reboot, odd, run
odd:	ret #0x00060001
ASM
native "KILL_PROCESS masked with all of its bits" "" <<'ASM'
	jeq #x86_64.reboot, odd, run
odd:	ld #KILL_PROCESS
	and #0xffff0000
	ret a
ASM
native "KILL_THREAD that was meant" "" <<'ASM'
	jeq #x86_64.reboot, odd, run
odd:	ld #0x00000007
	and #0x7fff0000
	ret a
ASM
native "errno 0" errno-zero <<'ASM'
	jeq #x86_64.reboot, odd, run
odd:	ret #ERRNO(0)
ASM
native "errno 4095" "" <<'ASM'
	jeq #x86_64.reboot, odd, run
odd:	ret #ERRNO(4095)
ASM
native "errno 4096" errno-capped <<'ASM'
	jeq #x86_64.reboot, odd, run
odd:	ret #ERRNO(4096)
ASM
native "the address that a call comes from" ip-dependent <<'ASM'
	jeq #x86_64.reboot, odd, run
odd:	ld ip.hi
	jeq #0, run, deny
ASM
native "the address is loaded and forgotten" "" <<'ASM'
	jeq #x86_64.reboot, odd, run
odd:	ld ip.hi
	jeq #0, deny, deny
ASM

# Two filters that say the same: the older one decides nothing.
"$verdict" lint filter.bpfasm filter.bpfasm >out 2>err
[ "$(rules)" = never-decides ] && grep -q 'filter 1 of 2 decides nothing' out
ok $? "the older of two equal filters decides nothing"

# ------------------------------------------------------------- the subcommand

# NAME PATTERN: a line of out or err.
line() {
	grep -q -- "$2" out err
	ok $? "$1"
}

bad=$holes/x32-numbers.bad.bpfasm
gives 1 "a rule alone" "$verdict" lint --rule x32-open "$bad"
gives 0 "another rule alone" "$verdict" lint --rule=errno-zero "$bad"
gives 0 "a rule switched off" "$verdict" lint -d x32-open "$bad"
gives 2 "a rule's name that is none" "$verdict" lint -r x32-opne "$bad"
line "is answered with the nearest" "did you mean 'x32-open'"
gives 2 "no source" "$verdict" lint
gives 2 "no such source" "$verdict" lint nothing.bpf
gives 2 "a format that is none" "$verdict" lint -f xml "$bad"
gives 3 "no time" "$verdict" lint --budget 1 -r never-decides -r unreachable "$corpus/systemd-unit-logind"
line "is said" "^unknown: "
# Products of everything with everything: hard for diagrams, never a wrong answer.
awk 'BEGIN {
	print "\tld #1\n\tst M[0]"
	for (i = 0; i < 400; i++)
		printf "\tld [%d]\n\ttax\n\tld M[0]\n\tmul x\n\txor #%d\n\tst M[0]\n", i * 7 % 16 * 4, i * 7919 + 1
	print "\tld M[0]\n\tjeq #0x12345678, a, b\na:\tret #ALLOW\nb:\tret #ERRNO(1)"
}' >hard.bpfasm
gives 3 "a filter that is too hard" timeout 60 "$verdict" lint --budget 1000 hard.bpfasm
gives 2 "a budget that is none" "$verdict" lint --budget 0 "$bad"

echo 'disable: [x32-open]' >.verdict-lint.yaml
gives 0 "a file of the folder switches a rule off" "$verdict" lint "$bad"
echo 'disable: {x32-open: the kernel has no x32}' >.verdict-lint.yaml
gives 0 "with its reason" "$verdict" lint "$bad"
echo 'disable: [x32-opne]' >.verdict-lint.yaml
gives 2 "a wrong name in the file" "$verdict" lint "$bad"
line "has its place" '^.verdict-lint.yaml:1:11: error: there is no rule .x32-opne.'
echo 'disabled: [x32-open]' >.verdict-lint.yaml
gives 2 "a wrong key in the file" "$verdict" lint "$bad"
rm .verdict-lint.yaml
echo 'disable: {unreachable: fine}' >off.yaml
gives 1 "another file" "$verdict" lint -c off.yaml "$bad"
gives 2 "another file that is missing" "$verdict" lint -c missing.yaml "$bad"

gives 0 "the rules" "$verdict" lint --list
[ "$(grep -c '^[a-z]' out)" -eq 25 ] && ! grep -q '.\{81\}' out
ok $? "are 25, in 80 columns"
good=0
for rule in $(sed -n 's/^\([a-z][a-z0-9-]*\) .*/\1/p' out); do
	"$verdict" lint --explain "$rule" >explained 2>err && grep -q "^$rule (" explained &&
		grep -q '^To close it: ' explained && ! grep -q '.\{81\}' explained || good=1
done
ok $good "each is explained, in 80 columns"

"$verdict" lint -f json "$bad" >out 2>err
cat >want <<JSON
{
  "findings": [
    {
      "rule": "x32-open",
      "severity": "error",
      "message": "swapon is denied on x86_64, and runs by its x32 number",
      "record": {
        "call": "x32 swapon()",
        "arch": "x32",
        "audit_arch": "0xc000003e",
        "nr": 1073741991,
        "syscall": "swapon",
        "ip": "0x0",
        "args": ["0x0", "0x0", "0x0", "0x0", "0x0", "0x0"]
      },
      "free": ["arg0", "arg1", "arg2", "arg3", "arg4", "arg5", "ip"],
      "verdict": {
        "ret": "0x7fff0000",
        "action": "ALLOW",
        "data": 0,
        "filter": -1,
        "source": null
      }
    }
  ]
}
JSON
tr -d ' \n' <want >want.flat
tr -d ' \n' <out >out.flat
cmp -s want.flat out.flat
ok $? "a finding as JSON"
"$verdict" lint -f json "$holes/x32-numbers.good.bpfasm" >out 2>err
[ "$(tr -d ' \n' <out)" = '{"findings":[]}' ]
ok $? "none as JSON"

cp "$bad" one.bpfasm
cp "$holes/x32-numbers.good.bpfasm" two.bpfasm
gives 1 "a summary" "$verdict" lint --summary one.bpfasm two.bpfasm
[ "$(sed -n '3,$p' out)" = '| one.bpfasm | 1 | x32-open |
| two.bpfasm | 0 | |' ]
ok $? "has a line for each stack"

gives 2 "a rule like no other" "$verdict" lint --rule zzzzzzzz one.bpfasm
holds err "there is no rule 'zzzzzzzz'; --list has them all" "where they are"
gives 2 "its explanation" "$verdict" lint --explain zzzzzzzz
gives 2 "no such option" "$verdict" lint --nonesuch one.bpfasm
gives 2 "a summary in JSON" "$verdict" lint --summary -f json one.bpfasm
holds err "--summary is a table" "it says why not"

"$verdict" lint "$corpus/systemd-MemoryDenyWriteExecute" >out 2>err
! grep -v '^  record:\|decided by\|/' out | grep -q '.\{81\}'
ok $? "findings in 80 columns"

done_testing
