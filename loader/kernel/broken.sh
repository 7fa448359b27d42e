#!/bin/sh
# SPDX-License-Identifier: MIT
# Machines that are wrong on purpose (vm/mutants.tsv): each oracle must find it out.
# Prints TAP; run by `make check-kernel`, for it takes long.
. vm/testing.sh
. vm/mutate.sh
mutate && mutant_verdict && for oracle in values behaviour; do
	# shellcheck disable=SC2086
	mutant_link "$tmp/${oracle}_test" "$build/obj/loader/kernel/${oracle}_test.o" "$build/libloader.a" \
		${CHECK_LIBS:-$(pkg-config --libs check)} || break
done
ok $? "machines that are wrong are built"

# MUTANT ORACLE: the oracle's test must fail, and say what differs.
catch() {
	VD_MUTANT=$(number_of "$1") "$tmp/$2_test" >"$tmp/out" 2>&1
	status=$?
	case $(cat "$tmp/out") in
	SKIP*) skip "$1 by the $2 oracle" "$(head -n 1 "$tmp/out")" ;;
	*machine*kernel*) ok "$([ $status -ne 0 ]; echo $?)" "$1 is caught by the $2 oracle" ;;
	*) fail "$1 is caught by the $2 oracle" ;;
	esac
}

# MUTANT CASES: what the machine decides wrongly the kernel must not confirm.
catch_live() {
	VD_MUTANT=$(number_of "$1") "$tmp/verdict" test --live=require "$2" >"$tmp/out" 2>&1
	case $? in
	3) skip "$1 by test --live" "$(tail -n 1 "$tmp/out")" ;;
	4) pass "$1 is caught by test --live" ;;
	*) fail "$1 is caught by test --live" ;;
	esac
}

# MUTANT: a command under a stack that the machine judges wrongly.
catch_exec() {
	for answer in EPERM EEXIST; do
		printf 'ld nr\njeq #x86_64.mkdir, no\nret #ALLOW\nno: ret #ERRNO(%s)\n' $answer >"$tmp/$answer.bpfasm"
	done
	VD_MUTANT=$(number_of "$1") "$tmp/verdict" exec "$tmp/EPERM.bpfasm" "$tmp/EEXIST.bpfasm" -- mkdir "$tmp/x" >"$tmp/out" 2>&1
	status=$?
	ok "$(all $(is $status 4) "$(grep -q 'DISAGREE on' "$tmp/out"; echo $?)")" "$1 is caught by exec"
}

for mutant in tie-oldest shifts-clamped; do
	catch $mutant values
	catch $mutant behaviour
done
catch_live tie-oldest cases/suite/precedence/data.yaml
catch_exec tie-oldest
catch_live shifts-clamped cases/suite/opcodes
done_testing
