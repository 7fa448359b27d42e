#!/bin/sh
# SPDX-License-Identifier: MIT
# record: commands with everything that they start, running processes, and that
# a record is what a filter is shown.
. vm/testing.sh
dir=$tmp
V=$verdict
H=$build/loader/record/calls
I=$build/loader/capture/installs
has() { grep -q -- "$1" "$dir/${2:-err}"; echo $?; }
[ -x "$V" ] && [ -x "$H" ] && [ -x "$I" ] || { echo "Bail out! $V, $H and $I are not all built"; exit 1; }
if ! "$V" record -o "$dir/probe" -- true > "$dir/out" 2>&1; then
	skip_all "$(head -1 "$dir/out")"
fi
own=$(sed -n 's/^Seccomp_filters:[[:space:]]*//p' /proc/self/status)
[ "$(id -u)" = 0 ] && [ "${own:-0}" = 0 ] && root=true || root=false

# record OPTION... -- COMMAND: its exit status is $status, its records are in $dir/rec
record() {
	rm -f "$dir/rec" "$dir/rec.idx"
	timeout -k 5 60 "$V" record -o "$dir/rec" "$@" > "$dir/out" 2> "$dir/err"
	status=$?
}
# how often calls of a number, or name, were made: of a table of --counts
made() { awk -v call="$1" '$3 == call { n += $1 } END { print n + 0 }' "$dir/rec"; }
size() { stat -c %s "$dir/$1" 2> /dev/null; }
records() { echo $(($(size "${1:-rec}") / 64)); }
# what the summary says
said() { sed -n 's/^verdict record: \([0-9]*\) record.*/\1/p' "$dir/err"; }

for how in '' --stops; do
	# to the bit
	rm -f "$dir/known"
	record $how -- "$H" known "$dir/known"
	if [ $status = 77 ]; then
		skip "records are the calls to the bit $how" "no 32-bit calls, or not on x86-64"
	else
		"$H" subsequence "$dir/rec" "$dir/known" > "$dir/out" 2>> "$dir/err"
		ok "$(all $? $(is $status 0) $(is "$(cat "$dir/out")" 7))" "records are the calls to the bit: x86_64, x32, i386 $how"
	fi
	rm -f "$dir/known"
	record $how -- "$H" notify "$dir/known"
	if [ $status = 77 ]; then
		skip "records are what a filter is shown $how" "no USER_NOTIF, or no 32-bit calls"
	else
		"$H" subsequence "$dir/rec" "$dir/known" > "$dir/out" 2>> "$dir/err"
		ok "$(all $? $(is $status 0) $([ "$(cat "$dir/out")" -ge 8 ]; echo $?))" "records are what a filter is shown $how"
	fi

	# families
	record $how -c -- "$H" family
	ok "$(all $(is $status 0) $(is "$(made 1010) $(made 1011) $(made 1012)" "1000 200 2"))" \
		"four threads, twenty children, vfork and exec: each call once $how"
	record $how -c -- "$H" denies-itself
	ok "$(all $(is $status 0) $(is "$(made 1013) $(made 1014)" "4 1"))" "calls that the command's own filter answers $how"
	record $how -- "$I" thread-exec
	ok "$(is $status 0)" "an exec by a thread that is not the first $how"
	record $how -- "$I" race
	ok "$(is $status 0)" "threads that install filters for one another $how"
	record $how -- "$I" daemonize 300
	ok "$(all $(is $status 0) $(is "$(said)" "$(records)"))" "what the command leaves behind is followed $how"
	record $how -- "$I" stops 3
	ok "$(is $status 0)" "stopped and continued tasks are seen to be $how"
	record $how -- "$I" die 15
	ok "$(is $status 143)" "a signal that ends the command ends record $how"
	record $how -- sh -c 'echo out; echo err >&2; exit 7'
	ok "$(all $(is $status 7) $(is "$(cat "$dir/out")" out) $(has '^err$'))" "output and exit status are the command's $how"
done

# the command's first call, and nothing of ours before it
record -c -- sh -c 'exit 0'
ok "$(is "$(made execve)" 1)" "recording begins with the command's execve, the one that was"
record -- "$I" unchanged
seen=$status
if [ "${own:-0}" = 0 ]; then
	record --stops -- "$I" unchanged
	ok "$(all $(is $seen 1) $(is $status 0))" "--stops leaves nothing to be noticed"
else
	skip "--stops leaves nothing to be noticed" "this process has filters"
fi

# the files
record -- true
ok "$(all $(is "$(said)" "$(records)") $(is $(($(size rec) % 64)) 0) $(is $(($(size rec.idx) % 16)) 0))" "records of 64 bytes, an index beside them"
printf 'ret #ALLOW\n' > "$dir/allow.bpfasm"
"$V" eval "$dir/allow.bpfasm" --records "$dir/rec" --format summary > "$dir/out" 2> "$dir/err"
ok "$(all $? $(is "$(sed -n 's/^ *\([0-9]*\)  records$/\1/p' "$dir/out")" "$(records)"))" "eval reads them"
cp "$dir/rec" "$dir/before"
timeout 60 "$V" record -o "$dir/rec" -- "$dir/nothing" > "$dir/out" 2> "$dir/err"
ok "$(all $(is $? 127) $(cmp -s "$dir/before" "$dir/rec"; echo $?))" "a command that is not there leaves former records alone"
timeout 60 "$V" record -o "$dir/new" -- "$dir" > "$dir/out" 2> "$dir/err"
ok "$(all $(is $? 126) $([ ! -e "$dir/new" ] && [ ! -e "$dir/new.idx" ]; echo $?))" "and makes no files"
timeout 60 "$V" record -o "$dir/no/rec" -- touch "$dir/ran" > "$dir/out" 2> "$dir/err"
ok "$(all $(is $? 125) $(has 'no/rec') $([ ! -e "$dir/ran" ]; echo $?))" "files that cannot be written: the command is not run"
timeout 60 "$V" record -o /dev/null -- true > "$dir/out" 2> "$dir/err"
ok "$(all $(is $? 125) $(has 'no regular file'))" "a device is no file for records"
record -u -- sh -c 'i=0; while [ $i -lt 50 ]; do i=$((i + 1)); umask 0; done'
ok "$(all $(is $status 0) $(is "$(said)" "$(records)") $(has ' of [0-9]* calls'))" "--unique: equal records are written once"
if [ -w /dev/full ] && (ulimit -f 8) 2> /dev/null; then
	(trap '' XFSZ; ulimit -f 8; timeout 60 "$V" record --stops -o "$dir/small" -- env -i sh -c 'i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); umask 0; done; exit 0') > "$dir/out" 2> "$dir/err"
	ok "$(all $(is $? 125) $(has 'cannot be written') $(is $(($(size small) % 64)) 0))" "a full disk: 125, and whole records"
else
	skip "a full disk" "no file size limit here"
fi

# interrupted
over() { [ "$(size "$1")" -gt "$2" ] 2> /dev/null; }
"$V" record -o "$dir/cut" -- "$H" beat > "$dir/ready" 2> "$dir/err" &
pid=$!
await over cut 6400
followed=$(children $pid)
kill -KILL $pid
wait $pid 2> /dev/null
"$V" eval "$dir/allow.bpfasm" --records "$dir/cut" --format summary > "$dir/out" 2> "$dir/err"
ok "$(all $? $(is $(($(size cut) % 64)) 0) $(is $(($(size cut.idx) % 16)) 0) $([ "$(records cut)" -gt 50 ]; echo $?))" \
	"killed: what was recorded can be read"
if [ -n "$followed" ]; then
	await all_dead $followed
	ok $? "and nothing that was followed is left behind"
else
	skip "and nothing that was followed is left behind" "/proc does not tell a process's children"
fi
rm -f "$dir/ready"
"$V" record -o "$dir/rec" -- "$I" await 60 > "$dir/ready" 2> "$dir/err" &
pid=$!
await [ -s "$dir/ready" ]
kill -TERM $pid
wait $pid
ok "$(all $(is $? 15) $(is "$(said)" "$(records)"))" "signals go on to the command"

# a process
rm -f "$dir/ready"
"$H" beat > "$dir/ready" &
beat=$!
await [ -s "$dir/ready" ]
"$V" record -o "$dir/live" -p $beat 2> "$dir/err" &
pid=$!
recorded() { over live 1280 || [ -s "$dir/err" ]; }
await recorded
kill -INT $pid
wait $pid
status=$?
kill -0 $beat 2> /dev/null
alive=$?
kill $beat
wait $beat 2> /dev/null
if grep -q 'not permitted' "$dir/err"; then
	skip "a process that runs" "ptrace(2) is not permitted for it"
else
	ok "$(all $(is $status 0) $(is $alive 0) $([ "$(records live)" -gt 20 ]; echo $?))" "a process that runs, until a signal comes; it goes on"
fi
timeout 60 "$V" record -o "$dir/none" -p 999999999 > "$dir/out" 2> "$dir/err"
ok "$(all $(is $? 125) $(has 'no process') $([ ! -e "$dir/none" ]; echo $?))" "a process that is not there"

# usage
for args in '' -- '-o x' "-p 0 " '-p 1 -- true' 'true' '-u -c -- true' '--strict -- true' '--stops -p 1' '--nope -- true' '-o - -- true'; do
	timeout 60 "$V" record $args > "$dir/out" 2> "$dir/err"
	ok "$(all $(is $? 125) $([ -s "$dir/err" ]; echo $?))" "usage: record $args"
done
"$V" record --help > "$dir/out"
ok "$(all $? $(is "$(awk 'length > 80' "$dir/out" | wc -l)" 0))" "--help fits 80 columns"

# with less
if $root && setpriv --reuid 65534 --regid 65534 --clear-groups true 2> /dev/null; then
	mkdir "$dir/bin" "$dir/theirs"
	cp "$V" "$dir/bin/verdict"
	cp "$H" "$dir/bin/calls"
	chmod -R a+rX "$dir"
	chmod a+w "$dir/theirs"
	timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups "$dir/bin/verdict" record -c -o "$dir/theirs/rec" -- "$dir/bin/calls" family 2> "$dir/err"
	status=$?
	mv "$dir/theirs/rec" "$dir/rec"
	ok "$(all $(is $status 0) $(is "$(made 1010) $(made 1011) $(made 1012)" "1000 200 2"))" "as an ordinary user"
else
	skip "as an ordinary user" "needs root and setpriv"
fi
timeout 60 "$I" under "$V" record -c -o "$dir/rec" -- "$H" family > "$dir/out" 2> "$dir/err"
ok "$(all $(is $? 0) $(is "$(made 1010) $(made 1011) $(made 1012)" "1000 200 2"))" "in a filtered process"
done_testing
