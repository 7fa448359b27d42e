#!/bin/sh
# SPDX-License-Identifier: MIT
# The subcommand exec. Prints TAP; run from the project's root.
set -u
verdict=${VERDICT:-build/verdict}
case $verdict in /*) ;; *) verdict=$PWD/$verdict ;; esac
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0

ok() { n=$((n + 1)); echo "ok $n - $1"; }
not_ok() { n=$((n + 1)); echo "not ok $n - $1"; sed 's/^/# /' out err report 2>/dev/null; }
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }
check() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1"; echo "# got '$2', expected '$3'"; fi; }
# run STATUS NAME ARGS...: verdict exec ends like that; output in out and err.
run() {
	want=$1 name=$2
	shift 2
	rm -f report
	"$verdict" exec "$@" >out 2>err
	check "$name: exit status $want" $? "$want"
}
has() { if grep -qE -e "$2" "$1"; then ok "$3"; else not_ok "$3"; fi; }

cd "$tmp" || exit 1
chmod 755 .
case $(uname -m) in
x86_64) ;;
*)
	echo "1..0 # SKIP the filters are x86_64's"
	exit 0
	;;
esac
cat >mkdir.bpfasm <<'END'
ld [4]
jeq #x86_64, judge, pass
judge: ld [0]
jeq #x86_64.mkdir, no, more
more: jeq #x86_64.umask, log, pass
no: ret #ERRNO(EXDEV)
log: ret #LOG
pass: ret #ALLOW
END
echo 'ret #ALLOW' >allow.bpfasm
echo 'ret #ERRNO(EPERM)' >nothing.bpfasm
echo 'ret #KILL_PROCESS' >kill.bpfasm
printf 'ld [0]\njeq #x86_64.umask, trap, pass\ntrap: ret #TRAP(7)\npass: ret #ALLOW\n' >trap.bpfasm

"$verdict" exec allow.bpfasm -- true 2>err
if [ $? -eq 125 ]; then
	echo "1..0 # SKIP $(cat err)"
	exit 0
fi

run 0 "help" --help
if awk 'length($0) > 80 { bad = 1 } END { exit bad }' out; then ok "help fits 80 columns"; else not_ok "help fits 80 columns"; fi
run 125 "no command" allow.bpfasm
run 125 "no source" -- true
run 125 "an unknown format" -f xml allow.bpfasm -- true
run 125 "a source that is not there" missing.bpfasm -- true

run 3 "the command's exit status" -o report allow.bpfasm mkdir.bpfasm -- sh -c 'umask >/dev/null; mkdir a b 2>/dev/null; exit 3'
has report '^ +2  ERRNO\(EXDEV\) +x86_64 mkdir +mkdir.bpfasm$' "denials are counted"
has report '^ +first by [0-9]+: x86_64 mkdir\(0x' "the first is shown"
has report '^ +[0-9]+  LOG +x86_64 umask +mkdir.bpfasm$' "what is logged is no denial"
has report '^ +([2-9]|[0-9]{2,})  ALLOW +x86_64 execve' "what is started is followed"
has report '^[0-9]+ calls, 2 not run as made$' "the sum"
[ ! -d a ] && ok "the filter is in the kernel" || not_ok "the filter is in the kernel"
check "nothing is mixed into the command's output" "$(cat out err)" ""

run 0 "json" -f json -o report mkdir.bpfasm -- sh -c 'mkdir a 2>/dev/null; true'
has report '"call": "x86_64 mkdir"' "calls in json"
has report '"action": "ERRNO"' "verdicts in json"
has report '"denied": 1' "the sum in json"

"$verdict" exec -o report trap.bpfasm -- sh -c umask >out 2>err
check "a signal that ends the command ends exec" $? 159
has report 'TRAP\(7\) +x86_64 umask' "and is in the report"
run 126 "a filter that forbids execve" -o report nothing.bpfasm -- true
has report 'ERRNO\(EPERM\) +x86_64 execve' "says so"
has err 'true: error: was not executed' "and so does exec"
run 126 "a filter that kills" -o report kill.bpfasm -- true
has report 'KILL_PROCESS +x86_64 execve' "says so"
run 125 "a filter that forbids the next one" nothing.bpfasm allow.bpfasm -- true
has err 'allow.bpfasm: error: cannot be installed: .*filters before it' "which is told"
run 125 "a filter that kills for the next one" kill.bpfasm allow.bpfasm -- true
has err 'allow.bpfasm: error: cannot be installed: .*filters before it' "which is told"
run 127 "a command that is not there" allow.bpfasm -- /no/such/command

if [ "$(id -u)" -eq 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups "$verdict" --version >/dev/null 2>&1; then
	setpriv --reuid=65534 --regid=65534 --clear-groups "$verdict" exec mkdir.bpfasm -- mkdir "$tmp/c" >out 2>err
	check "without root" $? 1
	has err 'ERRNO\(EXDEV\) +x86_64 mkdir' "the same report"
else
	skip "without root" "not root, or setpriv or the program is not to be had for others"
fi
echo "1..$n"
