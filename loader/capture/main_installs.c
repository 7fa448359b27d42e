/* SPDX-License-Identifier: MIT */
/*
 * A program for the tests of capture and pid: it installs filters in the ways
 * that programs do. Each filter is `ret ALLOW` after a jump that carries a
 * number, so that every stack tells who made it.
 *
 * Leaves by _exit() throughout: a leak checker cannot run under ptrace.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 4
#define BORN_WITH 1000

static const char *self;

static void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	_exit(99);
}

static void number_filter(struct sock_filter insns[2], uint32_t number)
{
	insns[0] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 0);
	insns[1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

static long by_seccomp(uint32_t number, unsigned long flags)
{
	struct sock_filter insns[2];
	struct sock_fprog prog = { .len = 2, .filter = insns };

	number_filter(insns, number);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

static long by_prctl(uint32_t number)
{
	struct sock_filter insns[2];
	struct sock_fprog prog = { .len = 2, .filter = insns };

	number_filter(insns, number);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}

static void no_new_privs(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fail("no_new_privs");
}

static void wait_for(int n)
{
	for (int i = 0; i < n; i++)
		if (wait(NULL) < 0)
			fail("wait");
}

static int status_value(const char *key)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	int value = -1;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)))
			value = atoi(line + strlen(key));
	if (file)
		fclose(file);
	return value;
}

/* ------------------------------------------------------------- processes -- */

/* N children at once, two filters each: equal stacks. */
static int storm(int n)
{
	for (int i = 0; i < n; i++) {
		pid_t child = fork();
		if (child < 0)
			fail("fork");
		if (child == 0)
			_exit(by_seccomp(1, 0) < 0 || by_prctl(2) < 0 ? 98 : 0);
	}
	wait_for(n);
	return 0;
}

/* The parent's filter first, then one of each child's own; the parent keeps one, a child adds none. */
static int family(int n)
{
	if (by_seccomp(100, 0) < 0)
		fail("seccomp");
	for (int i = 0; i < n; i++) {
		pid_t child = fork();
		if (child == 0)
			_exit(i && by_prctl((uint32_t)i) < 0 ? 98 : 0);
	}
	wait_for(n);
	return 0;
}

/* A child's child is orphaned and installs after the command's end. */
static int daemonize(int n)
{
	if (fork() == 0) {
		if (fork() == 0) {
			printf("%d\n", getpid());
			fflush(stdout);
			usleep((useconds_t)n * 1000);
			_exit(by_seccomp(7, 0) < 0 ? 98 : 0);
		}
		_exit(0);
	}
	wait_for(1);
	return 0;
}

static int vforked(int n)
{
	pid_t child = vfork();

	if (child == 0) {
		if (by_seccomp(5, 0) < 0)
			_exit(98);
		execl(self, self, "storm", "1", (char *)NULL);
		_exit(97);
	}
	wait_for(1);
	return 0;
}

/* --------------------------------------------------------------- threads -- */

static pthread_barrier_t ready, done;

static void *idle(void *arg)
{
	pthread_barrier_wait(&ready);
	pthread_barrier_wait(&done);
	return NULL;
}

static void start_threads(pthread_t *threads, void *(*fn)(void *))
{
	pthread_barrier_init(&ready, NULL, THREADS + 1);
	pthread_barrier_init(&done, NULL, THREADS + 1);
	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, fn, (void *)i))
			fail("pthread_create");
	pthread_barrier_wait(&ready);
}

static void end_threads(const pthread_t *threads)
{
	pthread_barrier_wait(&done);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* TSYNC gives all threads the first filter; only the caller gets the second. */
static int tsync(int n)
{
	pthread_t threads[THREADS];

	start_threads(threads, idle);
	if (by_seccomp(1, SECCOMP_FILTER_FLAG_TSYNC) || by_seccomp(2, SECCOMP_FILTER_FLAG_LOG))
		fail("seccomp");
	end_threads(threads);
	return 0;
}

static void *own_filter(void *arg)
{
	long i = (long)arg;

	if (by_seccomp(10 + (uint32_t)i, 0) < 0)
		fail("seccomp");
	return idle(arg);
}

/* Each thread has a filter of its own: TSYNC cannot bring them along. */
static int conflict(int n)
{
	pthread_t threads[THREADS];

	start_threads(threads, own_filter);
	if (by_seccomp(1, SECCOMP_FILTER_FLAG_TSYNC) <= 0)
		fail("TSYNC succeeded");
	end_threads(threads);
	return 0;
}

static void *tsync_all(void *arg)
{
	pthread_barrier_wait(&ready);
	for (uint32_t i = 0; i < 10; i++) {
		/* Another thread's filter may have come first: then it is a filter of ours too. */
		if (by_seccomp((uint32_t)(long)arg * 100 + i, SECCOMP_FILTER_FLAG_TSYNC))
			fail("seccomp");
		if (fork() == 0)
			_exit(by_prctl(BORN_WITH + (uint32_t)status_value("Seccomp_filters:")) < 0 ? 98 : 0);
	}
	pthread_barrier_wait(&done);
	return NULL;
}

/*
 * All threads install for all of them at once, and fork meanwhile. The
 * children's own filters say how many there were before them.
 */
static int race(int n)
{
	pthread_t threads[THREADS];

	start_threads(threads, tsync_all);
	end_threads(threads);
	wait_for(10 * THREADS);
	return 0;
}

static void *exec_storm(void *arg)
{
	if (by_seccomp(20, 0) < 0)
		fail("seccomp");
	execl(self, self, "storm", "2", (char *)NULL);
	return NULL;
}

/* A thread that is not the first executes: it takes the first's place. */
static int thread_exec(int n)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, exec_storm, NULL))
		fail("pthread_create");
	pthread_join(thread, NULL);
	return 97;
}

/* ------------------------------------------------------------- the calls -- */

static int refused(int n)
{
	struct sock_filter insns[2];
	struct sock_fprog prog = { .len = 2, .filter = insns }, empty = { .len = 0, .filter = insns };

	number_filter(insns, 1);
	insns[1].code = BPF_RET | BPF_X;
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &empty);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0x10000, &prog);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0);
	/* Not about filters, and not recorded. */
	prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
	syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &(uint32_t){ SECCOMP_RET_LOG });
	return by_seccomp(3, 0) < 0 ? 98 : 0;
}

static int listener(int n)
{
	return by_seccomp(1, SECCOMP_FILTER_FLAG_NEW_LISTENER) < 0 ? 98 : 0;
}

/* Its own filter kills it when it asks for another. */
static int killed(int n)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = 4, .filter = insns };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		fail("seccomp");
	by_seccomp(1, 0);
	return 97;
}

/* A filter of a full 4,096 instructions. */
static int longest(int n)
{
	static struct sock_filter insns[BPF_MAXINSNS];
	struct sock_fprog prog = { .len = BPF_MAXINSNS, .filter = insns };

	for (uint32_t i = 0; i < BPF_MAXINSNS; i++)
		insns[i] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, i);
	insns[BPF_MAXINSNS - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0 ? 98 : 0;
}

/* From 64-bit code through the 32-bit entry, with garbage in the registers' high halves. */
static int int80(int n)
{
#if defined(__x86_64__)
	struct {
		uint16_t len;
		uint32_t filter;
		struct sock_filter insns[2];
	} *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long result = 0;

	if (low == MAP_FAILED)
		fail("mmap");
	number_filter(low->insns, 80);
	low->len = 2;
	low->filter = (uint32_t)(uintptr_t)low->insns;
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(354), "b"(SECCOMP_SET_MODE_FILTER | 0xdead00000000), "c"(0L), "d"(low)
			 : "memory", "r8", "r9", "r10", "r11");
	if (result == 0)
		__asm__ volatile("int $0x80"
				 : "=a"(result)
				 : "a"(172), "b"(PR_SET_SECCOMP), "c"(SECCOMP_MODE_FILTER), "d"(low)
				 : "memory", "r8", "r9", "r10", "r11");
	return result == 0 ? 0 : result == -ENOSYS ? 77 : 98;
#else
	return 77;
#endif
}

/* What a task can see of itself is as it would be untraced. */
static int unchanged(int n)
{
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0))
		return 1;
	if (status_value("Seccomp:") || status_value("Seccomp_filters:") > 0)
		return 2;
	if (getppid() == 1 || signal(SIGCHLD, SIG_DFL) != SIG_DFL)
		return 3;
	sigset_t set;
	sigprocmask(SIG_BLOCK, NULL, &set);
	for (int sig = 1; sig < 32; sig++)
		if (sigismember(&set, sig))
			return 4;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0) < 0)
		return 5;
	/* Of all ways out strict mode has only this one. */
	syscall(SYS_exit, 0);
	return 6;
}

/* A child that its maker's tracer does not get. */
static int untraced(int n)
{
	long child = syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);

	if (child < 0)
		fail("clone");
	if (child == 0)
		_exit(by_seccomp(1, 0) < 0 ? 98 : 0);
	wait_for(1);
	return 0;
}

static int trace_me(int n)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? 3 : 0;
}

/* Its own memory is closed to the unprivileged. */
static int not_dumpable(int n)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		fail("dumpable");
	return by_seccomp(1, 0) < 0 ? 98 : 0;
}

/* -------------------------------------------------------------- signals -- */

static int die(int sig)
{
	signal(sig, SIG_DFL);
	raise(sig);
	return 97;
}

static void on_signal(int sig)
{
	_exit(sig == SIGTERM ? 15 : sig == SIGINT ? 2 : 1);
}

/* Says that it is there, and leaves with the number of the signal that it gets. */
static int await(int n)
{
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	if (by_seccomp(1, 0) < 0)
		fail("seccomp");
	if (write(1, "ready\n", 6) != 6)
		fail("write");
	sleep((unsigned)n);
	return 97;
}

/*
 * A child stops and is continued by its parent, n times: the parent sees it.
 * The child goes on when it has been told that it was seen to: a further stop,
 * or its end, would take the parent's news of SIGCONT away.
 */
static int stops(int n)
{
	int seen[2];

	if (pipe(seen) < 0)
		fail("pipe");
	pid_t child = fork();
	if (child == 0) {
		char told;
		for (int i = 0; i < n; i++)
			if (raise(i % 2 ? SIGTSTP : SIGSTOP) || read(seen[0], &told, 1) != 1)
				_exit(97);
		_exit(by_seccomp(1, 0) < 0 ? 98 : 0);
	}
	for (int i = 0; i < n; i++) {
		int status;
		if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status) ||
		    WSTOPSIG(status) != (i % 2 ? SIGTSTP : SIGSTOP))
			return 96;
		/* It does nothing while it is stopped. */
		usleep(50000);
		siginfo_t info = { 0 };
		if (waitid(P_PID, (id_t)child, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) || info.si_pid)
			return 94;
		kill(child, SIGCONT);
		if (waitpid(child, &status, WCONTINUED) != child || !WIFCONTINUED(status))
			return 95;
		if (write(seen[1], "", 1) != 1)
			fail("write");
	}
	wait_for(1);
	return 0;
}

static void *sleeper(void *arg)
{
	if (arg == 0 && by_prctl(50) < 0)
		fail("prctl");
	return idle(arg);
}

/* A process with threads of two different stacks, for n seconds. */
static int live(int n)
{
	pthread_t threads[THREADS];

	if (by_seccomp(30, 0) < 0 || by_seccomp(31, SECCOMP_FILTER_FLAG_LOG) < 0)
		fail("seccomp");
	start_threads(threads, sleeper);
	printf("ready\n");
	fflush(stdout);
	sleep((unsigned)n);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(int n);
	int privileged; /* no_new_privs is left unset */
} modes[] = {
	{ "storm", storm, 0 },
	{ "family", family, 0 },
	{ "daemonize", daemonize, 0 },
	{ "vfork", vforked, 0 },
	{ "tsync", tsync, 0 },
	{ "conflict", conflict, 0 },
	{ "race", race, 0 },
	{ "thread-exec", thread_exec, 0 },
	{ "refused", refused, 0 },
	{ "listener", listener, 0 },
	{ "killed", killed, 0 },
	{ "longest", longest, 0 },
	{ "int80", int80, 0 },
	{ "unchanged", unchanged, 1 },
	{ "die", die, 0 },
	{ "await", await, 0 },
	{ "stops", stops, 0 },
	{ "live", live, 0 },
	{ "unprivileged", refused, 1 },
	{ "untraced", untraced, 0 },
	{ "trace-me", trace_me, 0 },
	{ "not-dumpable", not_dumpable, 0 },
};

/* Runs a command under a filter. */
static void under(char **command)
{
	no_new_privs();
	if (by_seccomp(1, 0) < 0)
		fail("seccomp");
	execvp(command[0], command);
	fail(command[0]);
}

/* Runs a command in a process that seccomp(2) is denied to, as in some containers; error 0: that it kills. */
static void denied(unsigned error, char **command)
{
	struct sock_filter insns[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_seccomp },
		{ BPF_RET | BPF_K, 0, 0, error ? SECCOMP_RET_ERRNO | error : SECCOMP_RET_KILL_PROCESS },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
	};
	const struct sock_fprog prog = { .len = sizeof(insns) / sizeof(*insns), .filter = insns };

	no_new_privs();
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		fail("seccomp");
	execvp(command[0], command);
	fail(command[0]);
}

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 3 && !strcmp(argv[1], "denied"))
		denied((unsigned)atoi(argv[2]), argv + 3);
	if (argc > 2 && !strcmp(argv[1], "under"))
		under(argv + 2);
	/* Whatever goes wrong, no test leaves this behind. */
	alarm(120);
	for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(argv[1], modes[i].name))
			continue;
		if (!modes[i].privileged)
			no_new_privs();
		_exit(modes[i].run(argc > 2 ? atoi(argv[2]) : 1));
	}
	fprintf(stderr, "usage: %s MODE [NUMBER] | %s under COMMAND... | %s denied ERRNO COMMAND...\n", self,
		self, self);
	_exit(2);
}
