#!/bin/sh
# SPDX-License-Identifier: MIT
# The subcommand kernel. Prints TAP; run from the project's root.
. vm/testing.sh
has() {
	grep -qE -e "$2" "$tmp/$1"
	ok $? "$3"
}
narrow() {
	[ "$(awk 'length > 80' "$tmp/out" | wc -l)" = 0 ]
	ok $? "$1 fits 80 columns"
}

gives 0 "--help" "$verdict" kernel --help
narrow "help"
gives 2 "an operand" "$verdict" kernel 6.1
gives 2 "an unknown format" "$verdict" kernel -f xml

"$verdict" kernel >"$tmp/out" 2>"$tmp/err"
if [ $? -eq 3 ]; then
	has out '^seccomp +cannot be used: ' "what is missing is said"
	done_testing
	exit 0
fi
narrow "the answer"
has out '^kernel +[0-9]' "the release"
has out '^entries +x86_64, i386' "entries"
has out '^actions +.*ALLOW' "actions"
has out '^flags +.*TSYNC' "flags"
has out '^allow-bitmap +(yes|no|not known)' "the allow-bitmap"
for ability in 'all that asks no kernel' 'test --live: values' 'test --live: behaviour' 'test: scenarios' 'fuzz --kernel' 'bench --kernel' exec notify record capture; do
	has out "^  $ability.* (yes|no)" "ability: $ability"
done
if [ -r /proc/sys/kernel/seccomp/actions_logged ]; then
	check "actions logged" "$(sed -n 's/^logged  *//p' "$tmp/out")" "$(cat /proc/sys/kernel/seccomp/actions_logged)"
	logged=$(tr a-z A-Z </proc/sys/kernel/seccomp/actions_avail)
	check "actions available" "$(sed -n 's/^actions  *//p' "$tmp/out")" "$logged"
else
	skip "actions" "/proc/sys/kernel/seccomp cannot be read"
fi
gives 0 "json" "$verdict" kernel --format json
has out '"KILL_PROCESS": true' "actions in json"
has out '"allow_bitmap": \{' "the bitmap in json"
has out '"abilities": \[' "abilities in json"
if [ "$(id -u)" -eq 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups "$verdict" --version >/dev/null 2>&1; then
	gives 0 "without root" setpriv --reuid=65534 --regid=65534 --clear-groups "$verdict" kernel
	has out 'needs CAP_SYS_ADMIN' "what is missing is named"
	narrow "that"
else
	skip "without root" "not root, or setpriv or the program is not to be had for others"
fi

# In a process that seccomp(2) is denied to: one line, and nothing is tried.
helper=$build/loader/capture/installs
printf 'ret #USER_NOTIF\n' >"$tmp/notif.bpfasm"
cat >"$tmp/live.yaml" <<'END'
version: 1
filters: {f: {asm: "ret #LOG"}}
cases: [{stack: f, syscall: read, expect: LOG}]
scenarios: [{name: one, steps: [getpid() >= 1]}]
END
one_line() {
	check "$1: one line" "$(wc -l <"$tmp/err")" 1
	has err "$because" "that says why"
}
while read -r errno because; do
	gives 3 "kernel under errno $errno" "$helper" denied "$errno" "$verdict" kernel
	narrow "that"
	has out '^seccomp +cannot be used: [ES]' "says what seccomp(2) returns"
	has out "^  all that asks no kernel +yes" "nothing else is missing"
	has out "^  record +yes: by ptrace" "record does without"
	check "all others are" "$(grep -c '^  .* no: ' "$tmp/out")" "$(($(grep -c '^  [a-z]' "$tmp/out") - 2))"
	gives 3 "test --live=require under errno $errno" "$helper" denied "$errno" "$verdict" test --live=require "$tmp/live.yaml"
	one_line "test"
	gives 0 "test --live under errno $errno" "$helper" denied "$errno" "$verdict" test --live "$tmp/live.yaml"
	for command in exec notify; do
		rm -f "$tmp/ran"
		gives 125 "$command under errno $errno" "$helper" denied "$errno" "$verdict" $command "$tmp/notif.bpfasm" -- touch "$tmp/ran"
		one_line "$command"
		[ ! -e "$tmp/ran" ]
		ok $? "the command is not run"
	done
done <<'END'
38 this kernel, or a filter around this process, has no seccomp
1 a filter around this process forbids seccomp
0 a filter around this process kills what calls seccomp
END
done_testing
