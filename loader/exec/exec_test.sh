#!/bin/sh
# SPDX-License-Identifier: MIT
# exec: commands under a stack, what is reported of them, and that kernel and
# machine are compared.
. vm/testing.sh
dir=$tmp
V=$verdict
H=$build/loader/capture/installs
has() { grep -q -- "$1" "$dir/${2:-err}"; echo $?; }
[ -x "$V" ] && [ -x "$H" ] || { echo "Bail out! $V and $H are not both built"; exit 1; }
echo 'ret #ALLOW' | "$V" exec - -- true > "$dir/out" 2>&1
if grep -q 'cannot be traced\|cannot be put on\|could not be installed' "$dir/out"; then
	skip_all "$(head -1 "$dir/out")"
fi
own=$(sed -n 's/^Seccomp_filters:[[:space:]]*//p' /proc/self/status)
[ "$(id -u)" = 0 ] && [ "${own:-0}" = 0 ] && root=true || root=false

# asm NAME CALL ACTION...: a filter file that answers calls of x86_64 and lets all else through
asm() {
	{
		printf 'ld nr\n'
		for i in 2 4 6; do
			eval "call=\${$i:-} action=\${$((i + 1)):-}"
			[ -n "$call" ] && printf 'jeq #x86_64.%s, a%s\n' "$call" "$i"
		done
		printf 'ret #ALLOW\n'
		for i in 2 4 6; do
			eval "call=\${$i:-} action=\${$((i + 1)):-}"
			[ -n "$call" ] && printf 'a%s: ret #%s\n' "$i" "$action"
		done
	} > "$dir/$1.bpfasm"
}
asm errno mkdir 'ERRNO(EPERM)'
asm exists mkdir 'ERRNO(EEXIST)'
asm zero mkdir 'ERRNO(0)'
asm big mkdir 'ERRNO(5000)'
asm trap mkdir 'TRAP(7)'
asm kill mkdir KILL_PROCESS
asm thread mkdir KILL_THREAD
asm notif mkdir USER_NOTIF
asm trace mkdir 'TRACE(3)'
asm log mkdir LOG
asm noexec execve KILL_PROCESS execveat KILL_PROCESS
asm noseccomp seccomp 'ERRNO(EACCES)'
printf 'ret #ALLOW\n' > "$dir/allow.bpfasm"

# exec NAME... -- COMMAND
exec_under() {
	set -- "$@"
	sources=
	while [ "$1" != -- ]; do
		sources="$sources $dir/$1.bpfasm"
		shift
	done
	timeout -k 5 60 "$V" exec -o "$dir/report" $sources "$@" > "$dir/out" 2> "$dir/err"
	status=$?
}
confirmed() { sed -n 's/.* denied (\([0-9]*\) seen .*/\1/p' "$dir/report"; }

# what a command that makes a folder sees, by verdict
while read -r name expected verdict; do
	rm -rf "$dir/made"
	exec_under "$name" -- mkdir "$dir/made"
	grep -q "^ *1  $verdict .*$name.bpfasm *x86_64 mkdir\$" "$dir/report"
	ok "$(all $? $(is $status "$expected") $(is "$(confirmed)" 1) $([ ! -e "$dir/made" ]; echo $?))" \
		"$verdict: exit status $expected, and the kernel does as the machine says"
done <<END
errno 1 ERRNO(EPERM)
zero 0 ERRNO(0)
big 1 ERRNO(5000)
notif 1 USER_NOTIF
trace 1 TRACE(3)
trap 159 TRAP(7)
kill 159 KILL_PROCESS
thread 159 KILL_THREAD
END
rm -rf "$dir/made"
exec_under log -- mkdir "$dir/made"
grep -q "^ *1  LOG .*x86_64 mkdir\$" "$dir/report"
ok "$(all $? $(is $status 0) $([ -d "$dir/made" ]; echo $?) $(grep -q ', 0 denied$' "$dir/report"; echo $?))" "LOG runs the call"

# the report
exec_under errno -- sh -c 'mkdir /no/a; mkdir /no/b; echo out; echo err >&2; exit 7'
ok "$(all $(is $status 7) $(is "$(cat "$dir/out")" out) $(has '^err$') $(grep -q '^ *2  ERRNO(EPERM)' "$dir/report"; echo $?))" \
	"output and exit status are the command's; children are counted"
call=$(sed -n "s/^  '\\(.*\\)'    # ERRNO(EPERM)\$/\\1/p" "$dir/report")
ok "$(all $(is "$(printf '%s\n' "$call" | wc -l)" 1) \
	$("$V" eval "$dir/errno.bpfasm" -- "$call" | grep -q ': ERRNO(EPERM)'; echo $?))" \
	"the first denied call can be pasted after eval"
ok "$(is "$(grep -v "^  'x86_64" "$dir/report" | awk 'length > 80' | wc -l)" 0)" "the text fits 80 columns but for the calls"
exec_under errno exists -- mkdir "$dir/made2"
ok "$(all $(is $status 1) $(has 'File exists') $(is "$(confirmed)" 1))" "of two equal actions the newest counts, here and there"
timeout 60 "$V" exec -f json -o "$dir/report" "$dir/errno.bpfasm" -- mkdir "$dir/x" 2> "$dir/err"
ok "$(all $(is $? 1) $(grep -q '"denied": 1,' "$dir/report"; echo $?) $(grep -q '"disagreements": 0' "$dir/report"; echo $?) \
	$(grep -q '"status": 1,' "$dir/report"; echo $?))" "JSON"
json 'do {
	my $sum = $j->{others};
	$sum += $_->{count} for @{$j->{rows}};
	$sum == $j->{calls} && $j->{compared} == 1 &&
		join(" ", map { $_->{first}{syscall} } grep { $_->{denied} } @{$j->{rows}}) eq "mkdir"
}' "$dir/report"
ok $? "JSON adds up"
timeout 60 "$V" exec "$dir/allow.bpfasm" -- true > "$dir/out" 2> "$dir/err"
ok "$(all $? $(has '^verdict exec: [0-9]* calls, 0 denied$') $([ ! -s "$dir/out" ]; echo $?))" "without -o the report goes to stderr"

# from the first instruction on
exec_under noexec -- true
ok "$(is $status 0)" "execve need not be let through"
exec_under noexec -- sh -c 'true; /bin/true'
ok "$(all $(is $status 159) $(is "$(confirmed)" 1))" "an execve of the command itself is judged"
exec_under noseccomp errno -- mkdir "$dir/x"
if $root; then
	ok "$(all $(is $status 1) $(is "$(confirmed)" 1))" "as root a filter may forbid seccomp(2) to the next one"
else
	ok "$(all $(is $status 125) $(has "answers ERRNO(EACCES) to seccomp(2)"))" "a filter that forbids seccomp(2) comes last"
fi

# families
exec_under errno -- "$H" vfork
ok "$(all $(is $status 0) $(grep -q 'judged by other filters' "$dir/report"; echo $?))" "a command that installs filters is not compared"
exec_under errno -- "$H" int80
if [ $status = 77 ]; then
	skip "32-bit calls are counted as such" "this machine has none"
else
	ok "$(all $(is $status 0) $(grep -q 'i386 seccomp$' "$dir/report"; echo $?))" "32-bit calls are counted as such"
fi
exec_under errno -- "$H" daemonize 300
ok "$(is $status 0)" "what the command leaves behind is followed"
cat > "$dir/small.c" <<'END'
static int call(int nr, int a, int b)
{
	int r;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b) : "memory");
	return r;
}
void _start(void)
{
	call(1, call(39, 0, 0) == -1 ? 42 : 1, 0); /* exit(mkdir() == -EPERM ...) */
}
END
printf 'ld nr\njeq #i386.mkdir, no\nret #ALLOW\nno: ret #ERRNO(EPERM)\n' > "$dir/mkdir32.bpfasm"
if ! ${CC:-cc} -m32 -O1 -nostdlib -static -fno-pie -no-pie -o "$dir/program32" "$dir/small.c" 2> "$dir/err"; then
	skip "a 32-bit program" "the compiler makes none (-m32)"
elif "$dir/program32"; [ $? != 1 ]; then
	skip "a 32-bit program" "it does not run here"
else
	exec_under mkdir32 allow -- "$dir/program32"
	ok "$(all $(is $status 42) $(is "$(confirmed)" 1))" "a 32-bit program"
fi
# Threads: one installs filters for both, while the other makes calls; one of four gets SIGSYS from a process.
cat > "$dir/threads.c" <<'END'
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
static atomic_int begun;
static void *install(void *arg)
{
	struct sock_filter insns[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_mkdir },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EEXIST },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
	};
	struct sock_fprog prog = { .len = 4, .filter = insns };
	while (!begun)
		;
	return (void *)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &prog);
}
static void *wait_here(void *arg)
{
	begun++;
	for (;;)
		pause();
}
int main(int argc, char **argv)
{
	pthread_t thread;
	void *result = 0;
	int eperm = 0;
	if (!strcmp(argv[1], "killed")) {
		for (int i = 0; i < 3; i++)
			pthread_create(&thread, 0, wait_here, 0);
		while (begun < 3)
			;
		kill(getpid(), SIGSYS);
		wait_here(0);
	}
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	pthread_create(&thread, 0, install, 0);
	while (mkdir("/no/such/folder", 0) && errno == EPERM)
		begun = ++eperm > 5;
	pthread_join(thread, &result);
	_exit(result || errno != EEXIST);
}
END
if ! ${CC:-cc} -pthread -o "$dir/threads" "$dir/threads.c" 2> "$dir/err"; then
	skip "threads" "the compiler makes no program with threads"
else
	exec_under errno -- "$dir/threads" installs
	ok "$(all $(is $status 0) $(grep -q 'judged by other filters' "$dir/report"; echo $?))" \
		"calls that overlap with the installation of another filter are not compared"
	exec_under errno -- "$dir/threads" killed
	ok "$(is $status 159)" "SIGSYS from a process ends all its threads"
fi
exec_under allow -- sh -c 'kill -TERM $$'
ok "$(is $status 143)" "a signal that ends the command ends exec"

# a command that is long gets what is sent to us
"$V" exec "$dir/allow.bpfasm" -- sleep 60 2> "$dir/err" &
pid=$!
await has_child $pid sleep
kill -TERM $pid
wait $pid 2> /dev/null
ok "$(is $? 143)" "signals go on to the command"

# what is wrong
exec_under allow -- "$dir/no-such-command"
ok "$(is $status 127)" "a command that is not there: 127"
exec_under allow -- "$dir"
ok "$(is $status 126)" "a command that cannot be executed: 126"
printf 'ret #ALLOW\nld nr\n' > "$dir/bad.bpfasm"
exec_under bad -- touch "$dir/ran"
ok "$(all $(is $status 125) $([ ! -e "$dir/ran" ]; echo $?))" "a filter that the kernel would refuse"
timeout 60 "$V" exec -o "$dir/no/report" "$dir/allow.bpfasm" -- true 2> "$dir/err"
ok "$(all $(is $? 125) $(has 'no/report'))" "a report that cannot be written"
for args in '' '--' "$dir/allow.bpfasm" "$dir/allow.bpfasm --" '-- true' "--nope $dir/allow.bpfasm -- true" \
	"-f tap $dir/allow.bpfasm -- true" "$dir/none.bpfasm -- true"; do
	timeout 60 "$V" exec $args > "$dir/out" 2> "$dir/err"
	ok "$(all $(is $? 125) $([ -s "$dir/err" ]; echo $?))" "usage: exec $args"
done
"$V" exec --help > "$dir/out"
ok "$(all $? $(is "$(awk 'length > 80' "$dir/out" | wc -l)" 0))" "--help fits 80 columns"

# with less
mkdir "$dir/bin"
cp "$V" "$dir/bin/verdict"
chmod -R a+rX "$dir"
if ! $root || ! nobody true 2> /dev/null; then
	skip "as an ordinary user" "needs root and setpriv"
else
	nobody "$dir/bin/verdict" exec "$dir/exists.bpfasm" "$dir/errno.bpfasm" -- mkdir "$dir/x" 2> "$dir/err"
	ok "$(all $(is $? 1) $(has '1 denied (1 seen') $(has 'no_new_privs is set'))" "as an ordinary user: no_new_privs, and that is said"
	nobody "$dir/bin/verdict" exec "$dir/noseccomp.bpfasm" "$dir/errno.bpfasm" -- mkdir "$dir/x" 2> "$dir/err"
	ok "$(all $(is $? 125) $(has "answers ERRNO(EACCES) to seccomp(2)"))" "there a filter that forbids seccomp(2) comes last"
fi
timeout 60 "$H" under "$V" exec "$dir/errno.bpfasm" -- mkdir "$dir/x" 2> "$dir/err"
ok "$(all $(is $? 1) $(has 'nothing is compared') $(has '^verdict exec: [0-9]* calls, 1 denied$'))" "in a filtered process nothing is compared"
done_testing
