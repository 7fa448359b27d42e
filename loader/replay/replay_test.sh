#!/bin/sh
# SPDX-License-Identifier: MIT
# replay: what policies decide on records, calls as text and logs.
. vm/testing.sh
dir=$tmp
V=$verdict
golden=loader/log/golden
has() { grep -q -- "$1" "$dir/${2:-out}"; echo $?; }
# replay ARGUMENT...: $status, $dir/out, $dir/err
replay() {
	timeout -k 5 60 "$V" replay "$@" > "$dir/out" 2> "$dir/err"
	status=$?
}
printf 'ld nr\njeq #x86_64.openat, no\njeq #x86_64.close, kill\nret #ALLOW\nno: ret #ERRNO(EPERM)\nkill: ret #KILL_PROCESS\n' > "$dir/deny.bpfasm"
printf 'ret #ALLOW\n' > "$dir/allow.bpfasm"
printf 'ret #ALLOW(7)\n' > "$dir/allow7.bpfasm"
printf 'ret #LOG\n' > "$dir/log.bpfasm"
printf 'default: ALLOW\nopenat: flags & O_CLOEXEC -> ERRNO(EPERM)\nread: fd == 3 && count == 832 -> ERRNO(EIO)\n' > "$dir/flags.rules"
printf 'ld ip.lo\njeq #1, no\nret #ALLOW\nno: ret #ERRNO(EPERM)\n' > "$dir/ip.bpfasm"

# forms of records
printf '# calls\nx86_64 openat(AT_FDCWD)\nx86_64 read()\nx86_64 openat(3)\ni386 close(3)\nx86_64 close(3)\n' > "$dir/calls"
replay "$dir/calls" "$dir/deny.bpfasm"
ok "$(all $(is $status 1) $(has '^5 calls, 3 denied$') $(has '^ *2  ERRNO(EPERM)$') $(has '^ *1  KILL_PROCESS$') $(has '^ *2  ALLOW$') \
	$(has "^  'x86_64 openat(-100)'\$") $(has '# ERRNO(EPERM): line 2$') $(has '# KILL_PROCESS: line 6$'))" \
	"calls as text: verdicts, counts, the first of each denial"
replay "$dir/calls" "$dir/allow.bpfasm"
ok "$(all $(is $status 0) $(has '^5 calls, 0 denied$'))" "nothing denied: 0"
replay "$dir/calls" "$dir/log.bpfasm"
ok "$(is $status 0)" "what is logged is not denied"
replay "$dir/calls" "$dir/allow.bpfasm" "$dir/deny.bpfasm"
ok "$(all $(is $status 1) $(has 'deny.bpfasm *x86_64 close$'))" "a stack, and the filter that decides"
"$V" record --from "$dir/calls" -o "$dir/rec" 2> "$dir/err"
replay "$dir/rec" "$dir/deny.bpfasm"
ok "$(all $(is $status 1) $(has '^5 calls, 3 denied$') $(has '# ERRNO(EPERM): record 0$'))" "binary records"
replay - "$dir/deny.bpfasm" < "$dir/rec"
ok "$(all $(is $status 1) $(has '^5 calls, 3 denied$'))" "standard input"
: > "$dir/empty"
replay "$dir/empty" "$dir/deny.bpfasm"
ok "$(all $(is $status 0) $(has '^0 calls, 0 denied$'))" "no records at all"

# logs, as they are and imported, say the same
for log in follow terminal numbers audit malformed; do
	replay "$golden/$log.log" "$dir/flags.rules" -f json
	direct=$status
	grep -v '"line": \|"unread": ' "$dir/out" > "$dir/direct"
	"$V" record --from "$golden/$log.log" -o "$dir/rec" 2> "$dir/err"
	replay "$dir/rec" "$dir/flags.rules" -f json
	grep -v '"line": \|"unread": ' "$dir/out" > "$dir/imported"
	same "$log: read directly or imported, the same" "$dir/imported" "$dir/direct"
	check "$log: and the exit status" $status $direct
done
replay "$golden/follow.log" "$dir/flags.rules"
ok "$(all $(is $status 1) $(has '^12 calls, 2 denied$') $(has '# ERRNO(EPERM): line 4, task 902$') $(has '# ERRNO(EIO): line 10, task 904$'))" \
	"strace: arguments by value, in joined calls too"
replay "$golden/terminal.log" "$dir/ip.bpfasm"
ok "$(all $(is $status 3) $(has '^11 calls, 0 denied, 11 not decided') $(has '^ *2  ip.lo    x86_64 execve, first: line 1$'))" \
	"what depends on a word that is not known is not decided: 3"
replay "$golden/terminal.log" "$dir/ip.bpfasm" -f json
ok "$(all $(is $status 3) $(has '"undecided": 11,') $(has '"depends_on": "ip.lo",') $(has '"line": 1'))" "and in JSON, with the word"
replay "$golden/audit.log" "$dir/flags.rules"
ok "$(all $(is $status 1) $(has '^4 calls, 2 denied$') $(has 'line 7, cat (7)') $(has '2 lines could not be read' err))" "audit records, lines left out are told"
replay --strict "$golden/audit.log" "$dir/allow.bpfasm"
ok "$(all $(is $status 2) $(has 'audit.log:5:1: error' err))" "--strict: 2"
replay "$golden/calls.log" "$dir/allow.bpfasm"
ok "$(all $(is $status 2) $(has 'did you mean' err) $(has '^2 calls'))" "calls as text are people's: 2 for one that is wrong"

# two policies
replay "$dir/calls" --old "$dir/allow.bpfasm" --new "$dir/deny.bpfasm"
ok "$(all $(is $status 1) $(has '^5 calls, 3 decided differently$') $(has '^ *2  stronger  x86_64 openat: ALLOW -> ERRNO(EPERM)$') $(has '# line 2$'))" "stronger"
replay "$dir/calls" --new "$dir/allow.bpfasm" --old "$dir/deny.bpfasm" --old "$dir/allow.bpfasm"
ok "$(all $(is $status 1) $(has '^ *1  weaker    x86_64 close: KILL_PROCESS -> ALLOW$'))" "weaker"
replay "$dir/calls" --old "$dir/allow.bpfasm" --new "$dir/allow7.bpfasm"
ok "$(all $(is $status 0) $(has '^5 calls, 0 decided differently$'))" "what the kernel does not tell apart is no change"
replay "$dir/calls" --old "$dir/deny.bpfasm" --new "$dir/deny.bpfasm" -f json
ok "$(all $(is $status 0) $(has '"changed": 0,') $(has '"changes": \[\]'))" "JSON of two policies"

# JSON
replay "$dir/calls" "$dir/deny.bpfasm" -f json -o "$dir/report"
json 'do {
	my $sum = 0;
	$sum += $_->{count} for @{$j->{rows}};
	$sum == 5 && $j->{calls} == 5 && $j->{records} == 5 && $j->{denied} == 3 && $j->{undecided} == 0 &&
		join(" ", map { $_->{first}{syscall} } grep { $_->{denied} } @{$j->{rows}}) eq "close openat" &&
		$j->{rows}[0]{verdict}{action} eq "KILL_PROCESS" && $j->{rows}[0]{line} == 6
}' "$dir/report"
ok "$(all $? $(is $status 1) $([ ! -s "$dir/out" ]; echo $?))" "JSON, into a file"
ok "$("$V" replay "$dir/calls" "$dir/deny.bpfasm" | grep -v "^  '" | awk 'length > 80' | wc -l)" "the text fits 80 columns but for the calls"

# many, with makers, equal ones once
awk 'BEGIN { for (i = 0; i < 30000; i++) printf "%d close(%d) = 0\n", i % 7 + 1, i % 5 }' > "$dir/log"
"$V" record -u --from "$dir/log" -o "$dir/rec" 2> "$dir/err"
replay "$dir/rec" "$dir/deny.bpfasm"
ok "$(all $(is $status 1) $(has '^30000 calls in 5 records, 30000 denied$'))" "--unique: each record counts for its calls"
"$V" record --from "$dir/log" -o "$dir/rec" 2> "$dir/err"
printf 'default: ALLOW\nclose: fd == 4 -> ERRNO(EPERM)\n' > "$dir/four.rules"
replay "$dir/rec" "$dir/four.rules"
ok "$(all $(is $status 1) $(has '^30000 calls, 6000 denied$') $(has 'record 4, task 5$'))" "who made the first denied record"
replay "$dir/rec" "$dir/deny.bpfasm" -f json
"$V" eval "$dir/deny.bpfasm" --engine interp -r "$dir/rec" -f summary > "$dir/summary"
ok "$(all $(has '"denied": 30000,') $(has '^ *30000  KILL_PROCESS$' summary))" "as the interpreter counts"
head -c 100 "$dir/rec" > "$dir/part"
replay "$dir/part" "$dir/allow.bpfasm"
ok "$(all $(is $status 2) $(has '36 of its 64 bytes' err) $(has '^1 call, 0 denied$'))" "a record that ends early: 2"
printf x >> "$dir/rec.idx"
replay "$dir/rec" "$dir/allow.bpfasm"
ok "$(is $status 0)" "an index that is not whole"
dd if="$dir/rec" of="$dir/rec2" bs=64 count=10 2> /dev/null
"$V" record --from "$dir/log" -o "$dir/rec" 2> "$dir/err"
cp "$dir/rec.idx" "$dir/rec2.idx"
replay "$dir/rec2" "$dir/deny.bpfasm"
ok "$(all $(is $status 1) $(has '^10 calls') $(has 'is of other records' err))" "an index of other records is left out, and that is said"

# what is wrong
for args in '' "$dir/calls" "$dir/calls --old $dir/allow.bpfasm" "$dir/calls --new $dir/allow.bpfasm" \
	"$dir/calls $dir/allow.bpfasm --old $dir/allow.bpfasm --new $dir/allow.bpfasm" "$dir/none $dir/allow.bpfasm" \
	"$dir/calls $dir/none" "-f tap $dir/calls $dir/allow.bpfasm" "--nope" "- -" "$dir $dir/allow.bpfasm"; do
	replay $args < /dev/null
	ok "$(all $(is $status 2) $([ -s "$dir/err" ]; echo $?) $([ ! -s "$dir/out" ]; echo $?))" "usage: replay $(echo "$args" | sed "s,$dir/,,g")"
done
replay --help
ok "$(all $status $(is "$(awk 'length > 80' "$dir/out" | wc -l)" 0))" "--help fits 80 columns"
done_testing
