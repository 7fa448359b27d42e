#!/bin/sh
# SPDX-License-Identifier: MIT
# Kernel calls that fail: commands under a filter that refuses one of them say
# what failed, and leave nothing behind.
. vm/testing.sh
[ "$(uname -m)" = x86_64 ] || skip_all "the filters are for x86-64"
cd "$tmp" || exit 1
# It looks for leaks with calls that are refused here.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
printf 'ld nr\njeq #x86_64.mkdir, no\nret #ALLOW\nno: ret #ERRNO(EPERM)\n' >p.bpfasm
printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"}]}' >o.json

# Calls are refused that have VALUE in their first argument: all with `any`. Number 500 is nobody's.
around() {
	printf 'ld nr\njeq #x86_64.%s, ours\njeq #500, notify\nret #ALLOW\nnotify: ret #USER_NOTIF\n' "$1"
	[ "$2" = any ] && echo 'ours: ret #ERRNO('"$3"')' ||
		printf 'ours: ld args[0].lo\njeq #%s, no\nret #ALLOW\nno: ret #ERRNO(%s)\n' "$2" "$3"
}
# STATUS CALL VALUE ERRNO PATTERN ARGUMENTS...: stderr has the pattern
refused() {
	want=$1 pattern=$5 name="$6 with $2 ($3) refused: $4"
	around "$2" "$3" "$4" >around.bpfasm
	shift 5
	timeout -k 5 60 "$verdict" notify -o /dev/null around.bpfasm -- "$verdict" "$@" >out 2>err
	status=$?
	grep -q -- "$pattern" err
	ok "$(all $? $(is $status "$want"))" "$name"
}

around mkdir any EPERM >around.bpfasm
timeout -k 5 60 "$verdict" notify -o /dev/null around.bpfasm -- true >out 2>err ||
	skip_all "no command can be put under a filter here: $(head -n 1 err)"

refused 125 ptrace any EPERM 'true cannot be traced: ptrace(2) is not permitted here' record -o r -- true
refused 125 ptrace any EPERM 'true cannot be traced: ptrace(2) is not permitted here' exec p.bpfasm -- true
refused 125 ptrace any EPERM 'true cannot be traced: ptrace(2) is not permitted here' capture -o c -- true
refused 125 ptrace any EIO 'task 1 .*cannot be traced: Input/output error' capture -o c --pid 1
refused 125 pipe2 any EMFILE 'true could not be started: Too many open files' record -o r -- true
refused 125 clone any EAGAIN 'true could not be started: Resource temporarily' record -o r -- true
refused 125 ptrace 0x4206 EIO 'true could not be started: Input/output error' exec p.bpfasm -- true
for request in 12 0x420a 1 4 0x420b; do # GETREGS, GETSIGMASK, PEEKTEXT, POKETEXT, SETSIGMASK
	refused 125 ptrace $request EIO 'filters cannot be put on the command: Input/output' exec p.bpfasm -- true
done
refused 125 ptrace 13 EIO "'p.bpfasm' could not be installed: Input/output error" exec p.bpfasm -- true
refused 137 ptrace 24 EIO ' 0 denied' exec p.bpfasm -- true
refused 137 ptrace 24 EIO ' in all' record --stops -c -- true
refused 125 socketpair any EMFILE 'true: Too many open files' notify around.bpfasm -- true
refused 125 clone any EAGAIN 'true: Resource temporarily unavailable' notify around.bpfasm -- true
refused 0 process_vm_writev any EPERM ' calls, 0 denied' exec p.bpfasm -- true
if ! "$verdict" check oci:o.json 2>&1 | grep -q 'built without libseccomp'; then
	refused 2 clone any EAGAIN 'no process to try the profile in: Resource' check oci:o.json
	refused 2 memfd_create any EMFILE 'no room for the filter: Too many open files' check oci:o.json
	refused 2 wait4 any EINVAL 'the profile cannot be tried: Invalid argument' check oci:o.json
fi
refused 2 fchmod any EPERM '^new: error: cannot be written: Operation not permitted' asm p.bpfasm -o new
refused 2 rename any EACCES '^new: error: cannot be written: Permission denied' asm p.bpfasm -o new
[ -z "$(ls new* r c 2>err)" ]
ok $? 'nothing is left behind'
done_testing
