#!/bin/sh
# SPDX-License-Identifier: MIT
# `verdict show` as it is typed: stacks of real programs against what stands in
# loader/show/goldens, options, and profiles whose rules are applied in
# different ways.
#   sh loader/show/show_test.sh            (from the project's root)
#   sh loader/show/show_test.sh --update   writes the goldens: read them after
. vm/testing.sh
goldens=loader/show/goldens
corpus=cases/suite/corpus
update=${1-}

# NAME STATUS ARGS...: output and exit status, and no line over 80 columns but of rules, which
# have no lines that go on.
golden() {
	name=$1 wanted=$2
	shift 2
	"$verdict" show "$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
	cat "$tmp/err" >>"$tmp/out"
	[ "$update" = --update ] && cp "$tmp/out" "$goldens/$name.txt"
	[ $status -eq "$wanted" ] && diff "$goldens/$name.txt" "$tmp/out" >"$tmp/diff" &&
		[ -z "$(awk 'length > 80' "$tmp/out" | grep -v ' -> ')" ]
	ok $? "$name"
	sed 's/^/# /' "$tmp/diff" >&2
}

golden docker-1 0 $corpus/docker-1
golden docker-1-abis 0 --abis $corpus/docker-1
golden sshd 0 $corpus/sshd
golden restrict-address-families 0 $corpus/systemd-RestrictAddressFamilies
golden restrict-address-families-abis 0 --abis $corpus/systemd-RestrictAddressFamilies
golden restrict-namespaces 0 $corpus/systemd-RestrictNamespaces
golden nspawn-abis 0 --abis $corpus/systemd-nspawn
golden logind-abis 0 --abis $corpus/systemd-unit-logind
golden vsftpd-1 0 $corpus/vsftpd-1
golden notify-errno 0 cases/suite/user-notification/notify.bpfasm cases/suite/user-notification/errno.bpfasm
golden one-call 0 --syscall clone $corpus/docker-1
golden one-call-one-abi 0 -s personality -a x86_64 $corpus/docker-1
golden one-call-json 0 -f json -s clone --abi i386 $corpus/docker-1
golden json 0 -f json --abi x32 $corpus/systemd-RestrictNamespaces
golden abis-json 0 -f json --abis $corpus/systemd-RestrictAddressFamilies
golden abi-not-in-filter 0 --abi aarch64 $corpus/sshd
golden unknown-abi 2 --abi x8664 $corpus/sshd
golden unknown-call 2 --syscall mkdri $corpus/sshd
golden call-of-another-abi 2 --syscall socketcall --abi x86_64 $corpus/sshd
golden no-source 2
golden unknown-option 2 --nonesuch $corpus/sshd
golden unlike-any-abi 2 --abi zzzzzzzz $corpus/sshd
golden number-of-no-abi 2 --abi x86_64 --syscall 0x40000001 $corpus/sshd
golden one-call-twice 2 -s read -s write $corpus/sshd
golden no-budget 2 --budget x $corpus/sshd
golden one-call-one-verdict 0 -s brk $corpus/vsftpd-1
golden unknown-format 2 -f xml $corpus/sshd
golden abis-and-syscall 2 --abis --syscall read $corpus/sshd

golden rules 0 --rules $corpus/vsftpd-1
golden rules-and-abi 2 --rules --abi x86_64 $corpus/sshd
for stack in "$corpus"/*/; do
	"$verdict" show --rules "$stack" >"$tmp/stack.rules" 2>"$tmp/err" &&
		"$verdict" diff --old "$stack" --new "rules:$tmp/stack.rules" >"$tmp/out" 2>&1
	ok $? "$stack as rules is equal"
done
printf 'ld args[0].lo\njeq #5, a, b\na: ret #ERRNO(EPERM)\nb: ret #ALLOW\n' >"$tmp/no-arch"
golden no-arch 0 - <"$tmp/no-arch"
printf 'ld nr\nand #1\njeq #1, a, b\na: ret #ERRNO(EPERM)\nb: ret #ALLOW\n' >"$tmp/odd"
golden odd-numbers 0 --abi i386 - <"$tmp/odd"
printf 'ld args[0].lo\nand #0xff\nret a\n' >"$tmp/computed"
golden odd-rules 0 --rules - <"$tmp/odd"
golden no-arch-rules 0 --rules - <"$tmp/no-arch"
golden computed 0 --abi x86_64 - <"$tmp/computed"
{
	i=0
	while [ $i -lt 12 ]; do
		printf 'ld args[%d].lo\njset #%d, a%d, b%d\na%d: ldx M[0]\ntxa\nadd #1\nst M[0]\nb%d: ld M[0]\n' \
			$((i % 6)) $((1 << (i / 6))) $i $i $i $i
		i=$((i + 1))
	done
	printf 'ld M[0]\njeq #6, y, n\ny: ret #ERRNO(EPERM)\nn: ret #ALLOW\n'
} >"$tmp/body"
{ printf 'ld #0\nst M[0]\n'; cat "$tmp/body"; } >"$tmp/many"
golden many-paths 3 --abi x86_64 - <"$tmp/many"
golden many-paths-rules 3 --rules - <"$tmp/many"

# More numbers, verdicts and archs than have room.
# FIRST LAST LINE: LINE for each number, which stands where it has @
lines() {
	awk -v first="$1" -v last="$2" -v line="$3" 'BEGIN {
		for (i = first; i <= last; i++) { text = line; gsub("@", i, text); print text }
	}'
}
{
	printf 'ld nr\njeq #-1, log\n'
	lines 100 201 'jeq #1@0, log'
	printf 'jeq #0, args, allow\nargs: ld args[0].lo\n'
	lines 1 45 'jeq #@, e@'
	printf 'jeq #100, wide\nallow: ret #ALLOW\n'
	lines 1 45 'e@: ret #ERRNO(@)'
	printf 'log: ret #LOG\nwide: ret #0x12345678\n'
} >"$tmp/many-numbers"
golden many-numbers 0 --abi x86_64 - <"$tmp/many-numbers"
{
	printf 'ld arch\njgt #0xfffffff0, kill\n'
	lines 11 49 'jeq #0x12345@0, log'
	printf 'ret #ALLOW\nlog: ret #LOG\nkill: ret #KILL_PROCESS\n'
} >"$tmp/many-archs"
golden many-archs 0 - <"$tmp/many-archs"
golden many-archs-abis 0 --abis - <"$tmp/many-archs"

# Conditions are true: each record of the JSON gets its verdict from eval.
"$verdict" show -f json $corpus/vsftpd-1 | sed -n 's/.*"call": "\(.*\)",/\1/p; s/.*"ret": "\(.*\)",/\1/p' >"$tmp/pairs"
bad=0 pairs=0
while read -r ret && read -r call; do
	pairs=$((pairs + 1))
	[ "$("$verdict" eval --format hex $corpus/vsftpd-1 -- "$call")" = "$ret" ] || bad=1
done <"$tmp/pairs"
[ $bad -eq 0 ] && [ $pairs -gt 8 ]
ok $? "records of the JSON are confirmed by eval ($pairs)"

# Rules are a policy, too.
cat >"$tmp/calls.rules" <<'R'
arch: x86_64, i386
default: ERRNO(EPERM)
read: fd == 0
write: fd <= 2 -> ALLOW, else KILL_PROCESS
mprotect: (prot & 4) == 0 -> ALLOW, else LOG
socket: family == 40 -> ERRNO(EAFNOSUPPORT), else ALLOW
bind, socketcall?: 1
x86_64.250..260: arg0 > 5 -> ALLOW, else LOG
exit_group: 1
R
cat >"$tmp/multiplexed.rules" <<'R'
arch: i386
default: ALLOW
socketcall: call == 5 -> ERRNO(1), else ALLOW
accept4: 1 -> ERRNO(1)
socket: family > 40 && type != 1 || protocol == 3 -> ERRNO(2), else KILL_PROCESS
ipc: 1 -> LOG
semget: (nsems ^ 3) == 3 -> ERRNO(1), else ALLOW
R
golden rules-source-by-abi 1 --abis rules:- <"$tmp/calls.rules"
golden rules-source-multiplexed 1 --abis rules:- <"$tmp/multiplexed.rules"

cat >"$tmp/profile.json" <<'P'
{
  "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  "syscalls": [
    { "names": ["read", "write", "chmod", "fchmod", "fchmodat"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["socket"], "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 0, "value": 40, "op": "SCMP_CMP_NE" }] },
    { "names": ["bind", "shmat", "accept", "semop"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["ipc"], "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 0, "value": 23, "op": "SCMP_CMP_EQ" }] },
    { "names": ["mmap"], "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 2, "value": 4, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" }] },
    { "names": ["chown32"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["clone"], "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" }] },
    { "names": ["setpriority"], "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" },
               { "index": 0, "value": 2, "op": "SCMP_CMP_EQ" }] }
  ]
}
P
profile=oci,runtime=crun:profile.json
cd "$tmp" || exit 1
"$verdict" show --abis $profile >abis.txt 2>abis.err
status=$?
if grep -q 'without libseccomp' abis.err; then
	skip "rules by ABI" "built without libseccomp"
	skip "each call is confirmed by eval" "built without libseccomp"
else
	cd "$OLDPWD" && goldens=$PWD/$goldens && cd "$tmp" || exit 1
	golden rules-by-abi 1 --abis $profile
	"$verdict" show --abis -f json $profile >abis.json
	sed -n 's/^          "\(status\|call\)": \(null\|"\(.*\)"\),*$/\1 \3/p; s/^            "\(ret\)": "\(.*\)",/\1 \2/p' abis.json >calls
	bad=0 calls=0 how='' call=''
	while read -r key value; do
		case $key in
		status) how=$value ;;
		call)
			call=$value
			[ "$how" = missing ] || continue
			calls=$((calls + 1))
			"$verdict" eval $profile -- "$call" >out 2>err
			{ [ $? -eq 2 ] && grep -q 'has no system call\|no such\|not on\|has no' err; } || bad=1
			;;
		ret) # the filter's own comes first
			[ -n "$call" ] || continue
			calls=$((calls + 1))
			[ "$("$verdict" eval --format hex $profile -- "$call" 2>err)" = "$value" ] || bad=1
			call=
			;;
		esac
	done <calls
	[ $bad -eq 0 ] && [ $calls -gt 8 ]
	ok $? "each call is confirmed by eval ($calls)"
fi
done_testing
