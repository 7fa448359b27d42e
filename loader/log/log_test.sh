#!/bin/sh
# SPDX-License-Identifier: MIT
# Logs as records: what each of golden/*.log becomes, and what is said of lines
# that cannot be read. With --update the expected files are written, for reading.
. vm/testing.sh
dir=$tmp
V=$verdict
golden=loader/log/golden
has() { grep -q -- "$1" "$dir/${2:-err}"; echo $?; }
printf 'ret #ALLOW\n' > "$dir/allow.bpfasm"

# show LOG: its calls, what is said of it, the exit status
show() {
	rm -f "$dir/rec"
	"$V" record --from "$1" -o "$dir/rec" 2> "$dir/err"
	echo "status $?" > "$dir/status"
	"$V" eval "$dir/allow.bpfasm" -r "$dir/rec" | sed -n 's/: ALLOW$//p'
	sed "s,$dir/,," "$dir/err"
	cat "$dir/status"
}
for log in "$golden"/*.log; do
	name=${log##*/}
	name=${name%.log}
	show "$log" > "$dir/out"
	[ "$update" = --update ] && cp "$dir/out" "$golden/$name.out"
	same "$name" "$dir/out" "$golden/$name.out"
done
"$V" record --strict --from "$golden/malformed.log" -o "$dir/rec" 2> "$dir/err"
ok "$(all $(is $? 2) $(has "malformed.log:2:5: error: the call's ')' is missing"))" "--strict: exit status 2"
"$V" record --from - -o "$dir/in" < "$golden/follow.log" 2> "$dir/err"
"$V" record --from "$golden/follow.log" -o "$dir/rec" 2> "$dir/err2"
cmp -s "$dir/in" "$dir/rec"
ok $? "from standard input"
"$V" record --from "$golden/follow.log" -c 2> "$dir/err"
ok "$(all $? $(has '^ *1  x86_64 clone$') $(has '^ *12  in all$'))" "--counts"
"$V" record --from "$dir/rec" -o "$dir/again" 2> "$dir/err"
ok "$(all $(is $? 2) $(has 'binary records already') $([ ! -e "$dir/again" ]; echo $?))" "records are no log"
"$V" record --from "$dir/none" -o "$dir/again" 2> "$dir/err"
ok "$(all $(is $? 2) $(has "$dir/none"))" "a file that is not there"
printf 'type=USER_START msg=audit(1:1): pid=1\n' > "$dir/log"
"$V" record --from "$dir/log" -o "$dir/again" 2> "$dir/err"
ok "$(all $? $(has 'holds no call (it was read as audit records)'))" "a log without calls"
{ cat "$golden/follow.log"; head -c 200000 /dev/zero | tr '\0' x; printf '\nclose(7) = 0\n'; } > "$dir/log"
"$V" record --from "$dir/log" -o "$dir/again" 2> "$dir/err"
ok "$(all $? $(has '^verdict record: 13 records') $(has 'the line is too long') $(has ': 1 line of 14 '))" "a line of any length is passed over"

# of programs that are there
if have strace && strace -o "$dir/strace" true 2> /dev/null; then
	for options in '' -n -i '-n -i -tt -T -y' '-r -y' '-X raw' '-e raw=all' '-f -ttt'; do
		strace $options -f -o "$dir/strace" sh -c 'ls / | wc -l; cat /dev/null' > /dev/null 2>&1
		"$V" record --from "$dir/strace" -o "$dir/rec" 2> "$dir/err"
		status=$?
		# whole calls, and the beginnings of the others
		want=$(grep -c '^[0-9]* *[^+<-]*[a-z_0-9]*(' "$dir/strace")
		ok "$(all $(is $status 0) $(is "$(($(stat -c %s "$dir/rec") / 64))" "$want") $(is "$(grep -c warning "$dir/err")" 0))" \
			"strace $options: every call"
	done
	strace -f sh -c 'ls / | wc -l; cat /dev/null & wait' 2> "$dir/strace" > /dev/null
	"$V" record --from "$dir/strace" -o "$dir/rec" 2> "$dir/err"
	ok "$(all $? $(is "$(grep -c warning "$dir/err")" 0))" "strace on a terminal: no line is left out"
else
	skip "logs of strace as it is here" "strace is not there, or cannot trace"
fi
done_testing
