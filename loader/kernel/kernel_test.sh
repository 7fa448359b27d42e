#!/bin/sh
# SPDX-License-Identifier: MIT
# The subcommand kernel. Prints TAP; run from the project's root.
set -u
verdict=${VERDICT:-build/verdict}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0

ok() { n=$((n + 1)); echo "ok $n - $1"; }
not_ok() { n=$((n + 1)); echo "not ok $n - $1"; sed 's/^/# /' "$tmp/out" "$tmp/err" 2>/dev/null; }
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }
check() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1"; echo "# got '$2', expected '$3'"; fi; }
run() {
	want=$1 name=$2
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err"
	check "$name: exit status $want" $? "$want"
}
has() { if grep -qE -e "$2" "$tmp/$1"; then ok "$3"; else not_ok "$3"; fi; }

run 0 "--help" "$verdict" kernel --help
if awk 'length($0) > 80 { bad = 1 } END { exit bad }' "$tmp/out"; then ok "help fits 80 columns"; else not_ok "help fits 80 columns"; fi
run 2 "an operand" "$verdict" kernel 6.1
run 2 "an unknown format" "$verdict" kernel -f xml

"$verdict" kernel >"$tmp/out" 2>"$tmp/err"
if [ $? -eq 3 ]; then
	has out '^seccomp +cannot be used: ' "what is missing is said"
	echo "1..$n"
	exit 0
fi
has out '^kernel +[0-9]' "the release"
has out '^entries +x86_64, i386' "entries"
has out '^actions +.*ALLOW' "actions"
has out '^flags +.*TSYNC' "flags"
has out '^allow-bitmap +(yes|no|not known)' "the allow-bitmap"
if [ -r /proc/sys/kernel/seccomp/actions_logged ]; then
	check "actions logged" "$(sed -n 's/^logged  *//p' "$tmp/out")" "$(cat /proc/sys/kernel/seccomp/actions_logged)"
	logged=$(tr a-z A-Z </proc/sys/kernel/seccomp/actions_avail)
	check "actions available" "$(sed -n 's/^actions  *//p' "$tmp/out")" "$logged"
else
	skip "actions" "/proc/sys/kernel/seccomp cannot be read"
fi
run 0 "json" "$verdict" kernel --format json
has out '"KILL_PROCESS": true' "actions in json"
has out '"allow_bitmap": \{' "the bitmap in json"
has out '"abilities": \[' "abilities in json"
if [ "$(id -u)" -eq 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups "$verdict" --version >/dev/null 2>&1; then
	run 0 "without root" setpriv --reuid=65534 --regid=65534 --clear-groups "$verdict" kernel
	has out 'needs CAP_SYS_ADMIN' "what is missing is named"
else
	skip "without root" "not root, or setpriv or the program is not to be had for others"
fi
echo "1..$n"
