#!/bin/sh
# Builds machines that are wrong on purpose, and lets each oracle find it out.
# Prints TAP; run by `make check-kernel`, since it builds twice.
set -u
make=${MAKE:-make}
build=${BUILD:-build}
n=0
failed=0

# One oracle against one broken machine: it must fail, and say what differs.
catch() {
	n=$((n + 1))
	bin=$build/broken-$1/test/loader/kernel/$2_test
	out=$("$bin" 2>&1)
	status=$?
	case $out in
	SKIP*)
		echo "ok $n - $1 by the $2 oracle # $out"
		return
		;;
	*machine*kernel*)
		[ $status -ne 0 ] && { echo "ok $n - BREAK=$1 is caught by the $2 oracle"; return; }
		;;
	esac
	echo "not ok $n - BREAK=$1 is caught by the $2 oracle"
	echo "$out" | sed 's/^/# /' >&2
	failed=1
}

# The shipped suite against one: what the machine decides wrongly the kernel must not confirm.
catch_live() {
	n=$((n + 1))
	out=$("$build/broken-$1/verdict" test --live=require "$2" 2>&1)
	status=$?
	case $status in
	3) echo "ok $n - BREAK=$1 by test --live # SKIP $out" ;;
	4) echo "ok $n - BREAK=$1 is caught by test --live" ;;
	*)
		echo "not ok $n - BREAK=$1 is caught by test --live: exit status $status"
		echo "$out" | sed 's/^/# /' >&2
		failed=1
		;;
	esac
}

# A command under a stack that the machine judges wrongly.
catch_exec() {
	n=$((n + 1))
	dir=$(mktemp -d)
	for answer in EPERM EEXIST; do
		printf 'ld nr\njeq #x86_64.mkdir, no\nret #ALLOW\nno: ret #ERRNO(%s)\n' $answer > "$dir/$answer.bpfasm"
	done
	"$build/broken-$1/verdict" exec "$dir/EPERM.bpfasm" "$dir/EEXIST.bpfasm" -- mkdir "$dir/x" > "$dir/out" 2>&1
	status=$?
	if [ $status = 4 ] && grep -q 'DISAGREE on' "$dir/out"; then
		echo "ok $n - BREAK=$1 is caught by exec"
	else
		echo "not ok $n - BREAK=$1 is caught by exec: exit status $status"
		sed 's/^/# /' "$dir/out" >&2
		failed=1
	fi
	rm -rf "$dir"
}

for break in tie shift; do
	"$make" -s BUILD="$build/broken-$break" BREAK=$break all \
		"$build/broken-$break/test/loader/kernel/values_test" \
		"$build/broken-$break/test/loader/kernel/behaviour_test" >/dev/null || exit 1
	catch $break values
	catch $break behaviour
	case $break in
	tie)
		catch_live tie cases/suite/precedence/data.yaml
		catch_exec tie
		;;
	shift) catch_live shift cases/suite/opcodes ;;
	esac
done
echo "1..$n"
exit $failed
