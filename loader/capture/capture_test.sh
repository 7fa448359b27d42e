#!/bin/sh
# SPDX-License-Identifier: MIT
# capture: commands with everything that they start, and live processes; the
# programs of real software against the suite's corpus.
. vm/testing.sh
H=$build/loader/capture/installs
corpus=cases/suite/corpus
out=$tmp/none
[ -x "$verdict" ] && [ -x "$H" ] || { echo "Bail out! $verdict and $H are not both built"; exit 1; }

# Whatever is followed, nothing here waits for ever.
verdict() { timeout -k 5 60 "$verdict" "$@"; }
# capture NAME COMMAND...: its folder is $out, its exit status $status
capture() {
	out=$tmp/$1
	shift
	verdict capture -o "$out" -- "$@" > "$tmp/stdout" 2> "$tmp/err"
	status=$?
}
rows() { awk -F '\t' "NR > 1 && ($1)" "$out/index.tsv" | wc -l; }
stacks() { find "$out" -mindepth 1 -maxdepth 1 -type d | wc -l; }
depth() { find "$out/$1"* -name '*.bpf' | wc -l; }
# PID STATE: whether its state is that, and it is untraced.
has_state() {
	[ "$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p; s/^TracerPid:[[:space:]]*//p' "/proc/$1/status" | tr '\n' ' ')" = "$2 0 " ]
}

own=$(sed -n 's/^Seccomp_filters:[[:space:]]*//p' /proc/self/status)
[ "$(id -u)" = 0 ] && [ "${own:-0}" = 0 ] && root=true || root=false
$root && from=kernel || from=memory

# ---------------------------------------------------------------- following --

capture storm "$H" storm 200
ok "$(all $(is $status 0) $(is "$(rows '$7 == 0')" 400) $(is "$(stacks)" 1) $(is "$(depth 01)" 2))" \
	"200 children with two filters each: none is missed"
ok "$(all $(is "$(rows '$5 == "seccomp" && $4 == 1')" 200) $(is "$(rows '$5 == "prctl" && $4 == 2')" 200))" \
	"by seccomp and by prctl, each in its place"
ok "$(is "$(rows "\$11 == \"$from\"")" 400)" "programs are read from the $from"

capture family "$H" family 3
ok "$(all $(is "$(stacks)" 3) $(is "$(depth 01)" 1) $(is "$(depth 02)" 2) $(is "$(depth 03)" 2))" \
	"children inherit: a folder for each distinct stack"
capture vfork "$H" vfork
ok "$(all $(is $status 0) $(is "$(rows '$7 == 0')" 3) $(is "$(depth 02)" 3))" "vfork and exec"
capture thread-exec "$H" thread-exec
ok "$(all $(is $status 0) $(is "$(rows '$7 == 0')" 5) $(is "$(depth 02)" 3))" "an exec by a thread that is not the first"
capture daemonize "$H" daemonize 500
ok "$(all $(is $status 0) $(is "$(rows '$7 == 0')" 1))" "what the command leaves behind is followed to its end"

capture tsync "$H" tsync
ok "$(all $(is $status 0) $(is "$(stacks)" 2) $(is "$(depth 01)" 2) $(is "$(depth 02)" 1) \
	$(is "$(rows '$6 == "TSYNC" || $6 == "LOG"')" 2) $(is "$(rows '$5 == "inherited"')" 1))" "TSYNC, and flags"
capture conflict "$H" conflict
ok "$(all $(is "$(stacks)" 4) $(is "$(rows '$1 == "-" && $6 == "TSYNC" && $7 > 1')" 1))" "TSYNC that fails"
# How many children of `race` have a wrong stack: the own filter of each is a
# jump on 1000 and the number of filters that it was born with.
misplaced() {
	awk -F '\t' '$5 == "prctl" { print $1, $4 }' "$out/index.tsv" > "$tmp/children"
	n_wrong=0
	while read -r stack order; do
		born=$(od -An -tu4 -j4 -N4 "$out/$stack/$(printf %02d "$order").bpf")
		[ $((born)) = $((1000 + order - 1)) ] || n_wrong=$((n_wrong + 1))
	done < "$tmp/children"
	echo $n_wrong
}
if $root; then
	capture race "$H" race
	orders=$(awk -F '\t' '$5 == "seccomp" { print $4 }' "$out/index.tsv" | sort -n | uniq | wc -l)
	ok "$(all $(is $status 0) $(is "$orders" 40) $(is "$(rows '$5 == "seccomp"')" 40))" "threads that TSYNC all at once"
	wrong=$(misplaced)
	ok "$(all $(is "$(wc -l < "$tmp/children")" 40) $(is $wrong 0))" "what they fork meanwhile has the stack of that moment"
else
	skip "threads that TSYNC all at once, and fork meanwhile" "not root: the order cannot be read back"
fi

capture refused "$H" refused
ok "$(all $(is $status 0) $(is "$(rows '$1 == "-" && $4 == "-"')" 5) $(is "$(rows '$7 == "EINVAL"')" 3) \
	$(is "$(rows '$7 == "EFAULT"')" 2) $(is "$(rows '$7 == 0')" 1) $(is "$(depth 01)" 1))" \
	"refused programs have rows and are no part of a stack"
capture listener "$H" listener
ok "$(all $(is "$(rows '$6 == "NEW_LISTENER" && $7 > 2')" 1) $(is "$(depth 01)" 1))" "a filter with a listener"
capture killed "$H" killed
ok "$(all $(is $status 159) $(is "$(rows '$7 == "SIGSYS"')" 1) $(is "$(depth 01)" 1))" \
	"a call that an older filter forbids; killed as the command is"
capture longest "$H" longest
ok "$(all $(is "$(rows '$8 == 4096')" 1) $(is "$(wc -c < "$out/01-installs/01.bpf")" 32768))" "4,096 instructions"

capture int80 "$H" int80
if [ $status = 77 ]; then
	skip "the 32-bit entry from 64-bit code" "this machine has none"
else
	ok "$(all $(is $status 0) $(is "$(rows '$9 == "i386" && $7 == 0')" 2) $(is "$(depth 01)" 2))" \
		"the 32-bit entry from 64-bit code"
fi
cat > "$tmp/small.c" <<'END'
/* A 32-bit program, without libc: installs `ret ALLOW` by seccomp and by prctl. */
static int call(int nr, int a, int b, const void *c, int d)
{
	int r;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
	return r;
}
static const struct { unsigned short code; unsigned char jt, jf; unsigned k; } insns[] = { { 6, 0, 0, 0x7fff0000 } };
static const struct { unsigned short len; const void *filter; } prog = { 1, insns };
void _start(void)
{
	int r = call(172, 38, 1, 0, 0); /* no_new_privs takes the fifth argument as it is: 0 */
	if (!r)
		r = call(354, 1, 0, &prog, 0);
	if (!r)
		r = call(172, 22, 2, &prog, 0);
	call(1, r ? 98 : 42, 0, 0, 0);
}
END
if ! ${CC:-cc} -m32 -O1 -nostdlib -static -fno-pie -no-pie -o "$tmp/program32" "$tmp/small.c" 2> "$tmp/err"; then
	skip "a 32-bit program" "the compiler makes none (-m32)"
elif "$tmp/program32"; [ $? != 42 ]; then
	skip "a 32-bit program" "it does not run here"
else
	capture small "$tmp/program32"
	ok "$(all $(is $status 42) $(is "$(rows '$9 == "i386" && $7 == 0')" 2) $(is "$(depth 01-program32)" 2))" \
		"a 32-bit program"
fi

# ------------------------------------------------- what the command notices --

if [ "${own:-0}" = 0 ]; then
	capture unchanged "$H" unchanged
	ok "$(is $status 0)" "counts, modes and signals are the command's own, strict mode works"
else
	skip "counts, modes and signals are the command's own, strict mode works" "this shell is filtered itself"
fi
capture output sh -c 'echo to stdout; echo to stderr >&2; exit 3'
ok "$(all $(is $status 3) $(is "$(cat "$tmp/stdout")" "to stdout") $(is "$(head -1 "$tmp/err")" "to stderr"))" \
	"exit status and output are the command's"
capture stops "$H" stops 4
ok "$(all $(is $status 0) $(is "$(rows '$7 == 0')" 1))" "SIGSTOP, SIGTSTP and SIGCONT reach who waits for them"
for sig in 15 9 6; do
	capture die$sig "$H" die $sig
	ok "$(is $status $((128 + sig)))" "a command that ends by signal $sig"
done
for sig in TERM INT; do
	rm -f "$tmp/stdout"
	"$verdict" capture -o "$tmp/await$sig" -- "$H" await 60 > "$tmp/stdout" 2> "$tmp/err" &
	pid=$!
	await [ -s "$tmp/stdout" ]
	kill -s $sig $pid
	wait $pid
	status=$? out=$tmp/await$sig
	ok "$(all $(is $status "$([ $sig = TERM ] && echo 15 || echo 2)") $(is "$(stacks)" 1))" \
		"SIG$sig goes on to the command"
done

rm -f "$tmp/stdout"
"$verdict" capture -o "$tmp/left" -- "$H" daemonize 60000 > "$tmp/stdout" 2> "$tmp/err" &
pid=$!
await [ -s "$tmp/stdout" ] || { echo "Bail out! the test's own child did not start"; exit 1; }
child=$(cat "$tmp/stdout")
# the command itself is verdict's only child, until it has ended
await no_children $pid
[ -r /proc/$pid/task/$pid/children ] || sleep 5
kill -s TERM $pid
wait $pid
status=$? out=$tmp/left
tracer=$(sed -n 's/^TracerPid:[[:space:]]*//p' "/proc/$child/status")
ok "$(all $(is $status 0) $(is "$tracer" 0) $(is "$(grep -c 'no longer followed' "$tmp/err")" 1) \
	$([ -f "$out/index.tsv" ]; echo $?))" "after the command's end a signal ends capture; what is left goes on"
kill "$child"

capture untraced "$H" untraced
ok "$(all $(is $status 0) $(is "$(grep -c 'warning: .*CLONE_UNTRACED' "$tmp/err")" 1))" "CLONE_UNTRACED is warned of"
capture trace-me "$H" trace-me
ok "$(all $(is $status 3) $(is "$(grep -c 'warning: .*ptrace' "$tmp/err")" 1))" "a command that traces is warned of"

# ---------------------------------------------------------------- the folder --

mkdir "$tmp/full" "$tmp/empty"
touch "$tmp/full/file"
capture full touch "$tmp/ran"
ok "$(all $(is $status 125) $([ ! -e "$tmp/ran" ]; echo $?) $(is "$(ls "$tmp/full")" file))" \
	"a folder that is not empty is refused before the command runs"
capture empty true
ok "$(all $(is $status 0) $(is "$(ls "$out")" index.tsv))" "an empty folder is taken; no filters: no stacks"
capture full/file true
ok "$(all $(is $status 125) $(is "$(grep -c 'not a folder' "$tmp/err")" 1))" "a file is refused"
capture none/none true
ok "$(is $status 125)" "a folder that cannot be made"
capture missing/ "$tmp/no-such-command"
ok "$(all $(is $status 127) $([ ! -e "$tmp/missing" ]; echo $?))" "a command that is not there: 127, and nothing is written"
capture folder "$tmp/full"
ok "$(is $status 126)" "a command that cannot be executed: 126"
ok "$(find "$tmp" -maxdepth 1 -name '*.??????' | grep -q .; [ $? = 1 ]; echo $?)" "nothing half-written is left"
(cd "$tmp/full" && "$verdict" capture -- true && "$verdict" capture -- /bin/true) 2> "$tmp/err"
ok "$(all $? $(is "$(ls "$tmp/full" | tr '\n' ' ')" "capture-true capture-true-2 file "))" "without -o: the first free name"
(cd "$tmp/full" && "$verdict" capture -- sh -c 'mkdir -p capture-sh/other') 2> "$tmp/err"
ok "$(all $? $(is "$(ls "$tmp/full/capture-sh-2")" index.tsv))" "which may be taken by another one meanwhile"
for args in '' '--' '-p 0' '-p x' '-p 1 -p 2' '-o . -- true' '--output= -- true' '-p 1 -- true' 'true' '--nope' '-o'; do
	verdict capture $args > "$tmp/stdout" 2> "$tmp/err"
	ok "$(all $(is $? 125) $([ -s "$tmp/err" ]; echo $?))" "usage: capture $args"
done
verdict capture --help > "$tmp/stdout" 2> "$tmp/err"
ok "$(all $? $(is "$(awk 'length > 80' "$tmp/stdout" | wc -l)" 0))" "--help fits 80 columns"

# ------------------------------------------------- with less than everything --

mkdir "$tmp/bin" "$tmp/nobody"
cp "$verdict" "$tmp/bin/verdict"
cp "$H" "$tmp/bin/installs"
chmod -R a+rX "$tmp"
chmod 777 "$tmp/nobody"
if ! $root || ! nobody true 2> /dev/null; then
	skip "as an ordinary user" "needs root and setpriv"
else
	out=$tmp/nobody/storm
	nobody "$tmp/bin/verdict" capture -o "$out" -- "$tmp/bin/installs" storm 20 2> "$tmp/err"
	ok "$(all $? $(is "$(rows '$11 == "memory" && $7 == 0')" 40))" "as an ordinary user: from the callers' memory"
	cmp -s "$out/01-installs/02.bpf" "$tmp/storm/01-installs/02.bpf"
	ok $? "the same programs"
	out=$tmp/nobody/tsync
	nobody "$tmp/bin/verdict" capture -o "$out" -- "$tmp/bin/installs" tsync 2> "$tmp/err"
	ok "$(all $? $(is "$(stacks)" 2) $(is "$(depth 01)" 2) $(is "$(depth 02)" 1))" "TSYNC, without reading back"
	out=$tmp/nobody/race
	nobody "$tmp/bin/verdict" capture -o "$out" -- "$tmp/bin/installs" race 2> "$tmp/err"
	status=$?
	# in which order things happened is not always to be known: then that is said
	ok "$([ $status = 125 ] && grep -q 'its stack is incomplete' "$tmp/err" || { [ $status = 0 ] && [ "$(misplaced)" = 0 ]; }
		echo $?)" "counts that do not fit are no success"
	out=$tmp/nobody/unprivileged
	nobody "$tmp/bin/verdict" capture -o "$out" -- "$tmp/bin/installs" unprivileged 2> "$tmp/err"
	ok "$(all $(is $? 98) $(is "$(rows '$7 == "EACCES"')" 2))" "a filter without the right to one"
	out=$tmp/nobody/hidden
	nobody "$tmp/bin/verdict" capture -o "$out" -- "$tmp/bin/installs" not-dumpable 2> "$tmp/err"
	ok "$(all $(is $? 125) $(is "$(grep -c 'could not be read' "$tmp/err")" 1))" \
		"a program that could not be read is no success"
fi
out=$tmp/under
timeout -k 5 60 "$H" under "$verdict" capture -o "$out" -- "$H" storm 3 2> "$tmp/err"
ok "$(all $? $(is "$(rows '$11 == "memory" && $7 == 0')" 6) $(is "$(depth 01)" 2) $(is "$(grep -c 'warning: this process' "$tmp/err")" 1))" \
	"capture in a filtered process leaves what was inherited out, and says so"

# ------------------------------------------------------------ live processes --

if $root; then
	rm -f "$tmp/stdout"
	"$H" live 60 > "$tmp/stdout" &
	live=$!
	await [ -s "$tmp/stdout" ]
	out=$tmp/live
	verdict capture -o "$out" -p $live 2> "$tmp/err"
	ok "$(all $? $(is "$(stacks)" 2) $(is "$(rows '$4 == 1')" 5) $(is "$(rows '$4 == 3')" 1) $(is "$(rows '$6 == "LOG"')" 5) \
		$(is "$(rows "\$10 == $live")" 11))" "-p: every thread of a process, two distinct stacks"
	await has_state $live S
	ok $? "it runs on untraced"

	verdict check "pid:$live" > "$tmp/stdout" 2> "$tmp/err"
	ok "$(all $? $(is "$(cat "$tmp/stdout")" "pid:$live[1]: accepted: 2 instructions
pid:$live[2]: accepted: 2 instructions"))" "pid: the filters of one task, oldest first"
	deeper=$(awk -F '\t' '$4 == 3 { print $3 }' "$out/index.tsv")
	ok "$(is "$(verdict check "pid:$deeper" | wc -l)" 3)" "pid: takes a thread's id"
	kill -s STOP $live
	await has_state $live T
	ok "$(is "$(verdict check "pid:$live" | wc -l)" 2)" "pid: a task that is stopped"
	await has_state $live T
	ok $? "it stays stopped"
	kill -s CONT $live

	# refuse SPEC PATTERN NAME
	refuse() {
		timeout -k 5 60 $prefix "$tmp/bin/verdict" check "$1" > "$tmp/stdout" 2> "$tmp/err"
		ok "$(all $(is $? 2) $(is "$(grep -c "$2" "$tmp/err")" 1))" "pid: $3"
	}
	prefix=
	refuse pid:4194305 'no task has the id' "no such task"
	refuse "pid:$$" 'has no filters' "a task without filters"
	refuse pid:2 'is a kernel thread\|has no filters' "a kernel thread"
	for id in '' 0 -1 x 1x 99999999999; do
		refuse "pid:$id" "is not the id" "'$id' is no id"
	done
	prefix="$H under"
	refuse "pid:$live" 'this process has seccomp filters itself' "a filtered process may not ask"
	if nobody true 2> /dev/null; then
		prefix="setpriv --reuid 65534 --regid 65534 --clear-groups"
		refuse "pid:$live" 'needs CAP_SYS_PTRACE' "without the right to trace"
	else
		skip "pid: without the right to trace" "setpriv is not there"
	fi
	if setpriv --bounding-set -sys_admin true 2> /dev/null; then
		prefix="setpriv --bounding-set -sys_admin"
		refuse "pid:$live" 'needs CAP_SYS_ADMIN' "without CAP_SYS_ADMIN"
	else
		skip "pid: without CAP_SYS_ADMIN" "setpriv is not there"
	fi
	prefix=
	"$verdict" capture -o "$tmp/tracing" -- "$H" await 60 > "$tmp/awaiting" 2> /dev/null &
	tracing=$!
	await [ -s "$tmp/awaiting" ]
	traced=$(cat /proc/$tracing/task/$tracing/children 2> /dev/null | tr -d ' ')
	if [ -n "$traced" ]; then
		refuse "pid:$traced" "is traced already, by process $tracing (verdict)" "a task that is traced already"
	else
		skip "pid: a task that is traced already" "/proc does not tell a process's children"
	fi
	kill $tracing
	wait $tracing
	kill $live
	wait $live 2> /dev/null
	verdict capture -o "$tmp/none-here" -p $$ 2> "$tmp/err"
	ok "$(all $(is $? 1) $([ ! -e "$tmp/none-here" ]; echo $?))" "-p: a process without filters: 1, and no folder"
	verdict capture -o "$tmp/none-here" -p 4194305 2> "$tmp/err"
	ok "$(is $? 125)" "-p: no such process"
else
	skip "pid: and -p" "not root, or this shell is filtered itself"
fi

# ---------------------------------------------------- programs of the corpus --

version() { dpkg-query -W -f '${Version}' "$1" 2> /dev/null; }
# has NAME PACKAGE VERSION: whether the very version that the corpus is from is there; skips the test otherwise
has() {
	case $(version "$2") in
	'') skip "$1" "$2 is not installed" ;;
	$3*)
		$root && return 0
		skip "$1" "not root, or this shell is filtered itself"
		;;
	*) skip "$1" "$2 is of another version than the corpus ($3): $(version "$2")" ;;
	esac
	return 1
}
# Whether one of the captured stacks is this one of the corpus.
captured() {
	for stack in "$out"/[0-9]*/; do
		diff -r "$stack" "$corpus/$1" > /dev/null && { echo 0; return; }
	done
	echo 1
}

if has "man ls is the corpus's man-1 and man-2" man-db 2.11.2-2; then
	if ! man -w ls > /dev/null 2>&1; then
		skip "man ls is the corpus's man-1 and man-2" "the page is not there"
	else
		# at another width than 80 no formatted page is kept
		out=$tmp/man
		MANPAGER=cat MANWIDTH=100 verdict capture -o "$out" -- man ls > "$tmp/stdout" 2> "$tmp/err"
		status=$?
		ok "$(all $(is $status 0) $(captured man-1) $(captured man-2))" "man ls is the corpus's man-1 and man-2"
	fi
fi
if has "sshd's pre-authentication child is the corpus's" openssh-server 1:9.2p1-2; then
	if ! command -v ssh-keygen > /dev/null; then
		skip "sshd's pre-authentication child is the corpus's" "ssh-keygen is not there"
	else
		made=
		[ -d /run/sshd ] || { mkdir -m 755 /run/sshd && made=1; }
		ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
		printf 'HostKey %s\nPidFile none\nUsePAM no\n' "$tmp/key" > "$tmp/sshd_config"
		out=$tmp/sshd
		{ printf 'SSH-2.0-test\r\n'; sleep 1; } |
			verdict capture -o "$out" -- /usr/sbin/sshd -i -e -f "$tmp/sshd_config" > "$tmp/stdout" 2> "$tmp/err"
		ok "$(captured sshd)" "sshd's pre-authentication child is the corpus's"
		[ -z "$made" ] || rmdir /run/sshd
	fi
fi
if has "a firejail stack of five is the corpus's" firejail 0.9.72-2; then
	set -- firejail --noprofile --quiet --seccomp --seccomp.block-secondary --protocol=unix,inet \
		--memory-deny-write-execute true
	if ! timeout -k 5 60 "$@" > /dev/null 2>&1; then
		skip "a firejail stack of five is the corpus's" "firejail does not run here"
	else
		capture firejail "$@"
		ok "$(all $(is $status 0) $(captured firejail-noprofile-caps-1) $(captured firejail-noprofile-caps-2))" \
			"a firejail stack of five is the corpus's"
	fi
fi

done_testing
