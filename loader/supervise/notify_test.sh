#!/bin/sh
# SPDX-License-Identifier: MIT
# notify: commands whose USER_NOTIF verdicts are answered by rule.
. vm/testing.sh
dir=$tmp
V=$verdict
seen() { grep -qE -- "$1" "$dir/seen"; echo $?; }
said() { grep -q -- "$1" "$dir/err"; echo $?; }
cat > "$dir/mkdir.bpfasm" <<'END'
ld nr
jeq #x86_64.mkdir, notify
jeq #x86_64.openat, open
ret #ALLOW
open: ld args[2].lo
jset #O_CREAT, notify
ret #ALLOW
notify: ret #USER_NOTIF
END
printf 'ret #USER_NOTIF\n' > "$dir/all.bpfasm"
printf 'ret #ALLOW\n' > "$dir/allow.bpfasm"
printf 'ld nr\njeq #x86_64.mkdir, no\nret #ALLOW\nno: ret #ERRNO(EXDEV)\n' > "$dir/errno.bpfasm"
printf 'ld nr\njeq #x86_64.seccomp, no\nret #ALLOW\nno: ret #ERRNO(EACCES)\n' > "$dir/noseccomp.bpfasm"
printf 'ld nr\njeq #x86_64.mkdir, no\nret #ALLOW\nno: ret #TRACE(1)\n' > "$dir/trace.bpfasm"
chmod a+rx "$dir"

# notify STATUS NAME ARGUMENT...
notify() {
	want=$1 name=$2
	shift 2
	rm -f "$dir/seen"
	timeout -k 5 60 "$V" notify -o "$dir/seen" "$@" > "$dir/out" 2> "$dir/err"
	status=$?
	ok "$(is $status "$want")" "$name"
}
timeout 60 "$V" notify "$dir/mkdir.bpfasm" -- true > "$dir/out" 2> "$dir/err"
if grep -q 'could not be installed' "$dir/err"; then
	skip_all "$(grep 'could not be installed' "$dir/err")"
fi

notify 0 "without a rule calls run" "$dir/mkdir.bpfasm" -- mkdir "$dir/a"
ok "$(all $(seen "^\[[0-9]+\] x86_64 mkdir\(\"$dir/a\", 0o777\) = continue\$") $([ -d "$dir/a" ]; echo $?) \
	$(is "$(wc -l < "$dir/seen")" 1))" "a line with the decoded call and its string"
notify 1 "an errno" -a 'mkdir: errno EDOM' "$dir/mkdir.bpfasm" -- mkdir "$dir/b"
ok "$(all $(seen '= EDOM$') $(said 'out of domain') $([ ! -e "$dir/b" ]; echo $?))" "which the command gets"
notify 0 "a value" -a 'mkdir: value 0' "$dir/mkdir.bpfasm" -- mkdir "$dir/b"
ok "$(all $(seen '= 0$') $([ ! -e "$dir/b" ]; echo $?))" "without the call being run"
echo given > "$dir/file"
notify 0 "a descriptor" -a "openat: fd $dir/file" "$dir/mkdir.bpfasm" -- sh -c "exec 5<>$dir/none; cat <&5"
ok "$(all $(is "$(cat "$dir/out")" given) $(seen '= fd [0-9]+ ') $([ ! -e "$dir/none" ]; echo $?))" "of a file that is opened here"
notify 1 "a descriptor of a file that is not there" -a "openat: fd $dir/nowhere" "$dir/mkdir.bpfasm" -- dd of="$dir/x" if=/dev/null
ok "$(all $(seen '= ENOENT ') $(said 'No such file'))" "is that errno"
notify 1 "the first rule that fits" -a 'i386 mkdir: value 0' -a '83: errno EXDEV' -a 'any: errno EDOM' "$dir/mkdir.bpfasm" -- mkdir "$dir/b"
ok "$(seen '= EXDEV$')" "counts"
notify 0 "everything is notified of" "$dir/all.bpfasm" -- true
ok "$(all $(seen ' execve\("/.*true"') $(seen ' exit_group\(0\)'))" "from execve to exit_group"
notify 7 "children too" -a 'mkdir: errno EPERM' "$dir/mkdir.bpfasm" -- sh -c "mkdir $dir/b; (mkdir $dir/c); exit 7"
ok "$(is "$(grep -c '= EPERM' "$dir/seen")" 2)" "each is told"
notify 0 "what the command leaves behind" "$dir/mkdir.bpfasm" -- sh -c "(sleep 0.5; mkdir $dir/late) > /dev/null 2>&1 &"
ok "$(all $(seen late) $([ -d "$dir/late" ]; echo $?))" "is answered as well"
notify 1 "json" -f json -a 'mkdir: errno EPERM' "$dir/mkdir.bpfasm" -- mkdir "$dir/j \"1\""
json '$j->{record}{syscall} eq "mkdir" && $j->{strings}[0] =~ /j "1"$/ && $j->{answer} eq "EPERM"' "$dir/seen"
ok "$(all $? $(is "$(wc -l < "$dir/seen")" 1))" "one object a line"

odd=$(printf '%s/a\\b\n\001' "$dir")
notify 0 "names that are no words" "$dir/mkdir.bpfasm" -- mkdir "$odd"
ok "$(all $(grep -qF 'a\\b\n\x01"' "$dir/seen"; echo $?) $([ -d "$odd" ]; echo $?) $(is "$(wc -l < "$dir/seen")" 1))" \
	"are shown on one line"
long=$dir/$(printf '%0250d' 0)
notify 0 "a long name" "$dir/mkdir.bpfasm" -- mkdir "$long"
ok "$(all $(seen '00"\.\.\., 0o777') $(seen '^.{230,290}$') $([ -d "$long" ]; echo $?))" "is cut, and made whole"
notify 1 "an errno without a name" -a 'mkdir: errno 4000' "$dir/mkdir.bpfasm" -- mkdir "$dir/b"
ok "$(all $(seen '= 4000$') $(said 'Unknown error 4000'))" "is a number"
if command -v perl > /dev/null; then
	notify 0 "pointers to nothing" "$dir/all.bpfasm" -- perl -e 'syscall(83, 0, 0); syscall(83, 8, 0); syscall(500, 1); print "a"'
	ok "$(all $(seen ' mkdir\(NULL, 0') $(seen ' mkdir\(0x8, 0'))" "are numbers"
	ok "$(all $(seen 'x86_64 500\(0x1, ') $(seen ' write\(1, 0x'))" "so are calls without a name, and buffers"
else
	skip "pointers to nothing" "perl is not there"
fi

# stacks
notify 1 "a newer filter with ERRNO: no notification" "$dir/mkdir.bpfasm" "$dir/errno.bpfasm" -- mkdir "$dir/b"
ok "$(all $(is "$(wc -c < "$dir/seen")" 0) $(said 'cross-device'))" "but its errno"
notify 0 "with TRACE: still notified" "$dir/mkdir.bpfasm" "$dir/trace.bpfasm" -- mkdir "$dir/t"
ok "$(all $(seen 'mkdir') $([ -d "$dir/t" ]; echo $?))" "and it runs"
notify 1 "two filters that notify" "$dir/mkdir.bpfasm" "$dir/mkdir.bpfasm" -a 'mkdir: errno EDOM' -- mkdir "$dir/b"
ok "$(all $(seen '= EDOM') $(said "warning: .*one listener"))" "the newest is asked, and that is said"
notify 125 "no filter that notifies" "$dir/allow.bpfasm" -- touch "$dir/ran"
ok "$(all $(said 'no filter of the stack returns USER_NOTIF') $([ ! -e "$dir/ran" ]; echo $?))" "there is nothing to supervise"
notify 125 "a filter that forbids the next one" "$dir/noseccomp.bpfasm" "$dir/mkdir.bpfasm" -- touch "$dir/ran"
ok "$(all $(said "could not be installed: .*let seccomp(2) through") $([ ! -e "$dir/ran" ]; echo $?))" "that is said"

# ends
notify 143 "a signal that ends the command" "$dir/mkdir.bpfasm" -- sh -c 'kill -TERM $$'
notify 127 "a command that is not there" "$dir/mkdir.bpfasm" -- "$dir/no-such-command"
notify 126 "a command that cannot be executed" "$dir/mkdir.bpfasm" -- "$dir"
"$V" notify "$dir/mkdir.bpfasm" -- sleep 60 2> "$dir/err" &
pid=$!
await has_child $pid sleep
kill -TERM $pid
wait $pid 2> /dev/null
ok "$(is $? 143)" "signals go on to the command"
"$V" notify "$dir/mkdir.bpfasm" -- sh -c 'sleep 60 > /dev/null 2>&1 & echo $!' > "$dir/child" 2> "$dir/err" &
pid=$!
await [ -s "$dir/child" ]
await no_children $pid
kill -TERM $pid
wait $pid 2> /dev/null
status=$?
kill "$(cat "$dir/child")" 2> "$dir/err"
ok "$(all $? $(is $status 0))" "after the command's end a signal ends notify; what is left goes on"
# Stopped, it learns of the command's end and of the signal at once.
mkfifo "$dir/gate"
"$V" notify "$dir/mkdir.bpfasm" -- sh -c "sleep 60 > /dev/null 2>&1 & echo \$!; read go < $dir/gate" > "$dir/left" 2> "$dir/err" &
pid=$!
one_child() { [ "$(children $pid | wc -w)" = 1 ]; }
await [ -s "$dir/left" ] && await one_child
command=$(children $pid)
kill -STOP $pid
[ ! -s "$dir/left" ] || timeout 60 sh -c 'echo > "$1"' sh "$dir/gate"
await all_dead $command
kill -TERM $pid
kill -CONT $pid
await all_dead $pid
ended=$?
kill "$(cat "$dir/left")" 2> "$dir/err"
wait $pid 2> /dev/null
ok "$(all $? $ended)" "so does one that comes before notify has seen that end"

for args in '' '--' "$dir/mkdir.bpfasm" "$dir/mkdir.bpfasm --" '-- true' "--nope $dir/mkdir.bpfasm -- true" \
	"-f tap $dir/mkdir.bpfasm -- true" "-a mkdri:continue $dir/mkdir.bpfasm -- true" "-a mkdir $dir/mkdir.bpfasm -- true" \
	"-a mkdir:nothing $dir/mkdir.bpfasm -- true" "$dir/none.bpfasm -- true" "-o $dir/no/file $dir/mkdir.bpfasm -- true"; do
	timeout 60 "$V" notify $args > "$dir/out" 2> "$dir/err"
	ok "$(all $(is $? 125) $([ -s "$dir/err" ]; echo $?))" "usage: notify $args"
done
for answer in 'mkdir: errno 0' 'mkdir: errno 4096' 'nope mkdir: continue' 'mkdir: errno' 'mkdir: fd' 'mkdir: continue 1' ': continue'; do
	timeout 60 "$V" notify -a "$answer" "$dir/mkdir.bpfasm" -- true > "$dir/out" 2> "$dir/err"
	ok "$(all $(is $? 125) $(said '^--answer:1:'))" "--answer '$answer'"
done
"$V" notify --help > "$dir/out"
ok "$(all $? $(is "$(awk 'length > 80' "$dir/out" | wc -l)" 0))" "--help fits 80 columns"

mkdir "$dir/bin"
cp "$V" "$dir/bin/verdict"
chmod -R a+rX "$dir"
if can_be_nobody "as an ordinary user"; then
	nobody "$dir/bin/verdict" notify -a 'mkdir: errno EDOM' "$dir/mkdir.bpfasm" -- mkdir "$dir/b" > "$dir/out" 2> "$dir/err"
	ok "$(all $(is $? 1) $(said '= EDOM') $(said 'no_new_privs'))" "as an ordinary user: no_new_privs, and that is said"
fi
done_testing
