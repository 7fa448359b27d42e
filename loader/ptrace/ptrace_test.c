/* SPDX-License-Identifier: MIT */
/* The ptrace loop as others use it, and what is read of tasks. */
#include "loader/testing.h"
#include "loader/ptrace/filters.h"
#include "loader/ptrace/status.h"
#include "loader/ptrace/tracer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct seen {
	unsigned born, started, entered, left, execs, executed, endings, gone, orphans;
	unsigned signals;  /* SIGUSR1 and SIGUSR2 */
	int refuse;	   /* what prepare() says */
	unsigned unpaired; /* a leave without its enter */
	char text[16];	   /* what write() was given last */
};

static void on_born(void *userdata, struct tracee *task, const struct tracee *parent)
{
	struct seen *seen = userdata;

	seen->born++;
	seen->orphans += !parent;
	task->data = seen;
}

static void on_started(void *userdata, struct tracee *task)
{
	((struct seen *)userdata)->started++;
}

static void on_enter(void *userdata, struct tracee *task)
{
	struct seen *seen = userdata;
	const char *name = vd_syscall_name(task->abi, (uint32_t)task->call.nr);

	ck_assert(task->in_call && task->data == seen);
	seen->entered++;
	if (name && !strcmp(name, "write"))
		seen->text[tracee_read(task, task->call.args[1], seen->text, sizeof(seen->text) - 1)] = '\0';
}

static void on_leave(void *userdata, struct tracee *task, int64_t result)
{
	struct seen *seen = userdata;

	seen->left++;
	seen->unpaired += !task->in_call;
}

static void on_exec(void *userdata, struct tracee *task)
{
	((struct seen *)userdata)->execs++;
}

static void on_ending(void *userdata, struct tracee *task)
{
	struct task_status status;

	/* /proc still tells of it. */
	ck_assert_int_eq(task_status(task->tid, &status), 0);
	((struct seen *)userdata)->endings++;
}

static void on_gone(void *userdata, struct tracee *task)
{
	((struct seen *)userdata)->gone++;
}

static void on_executed(void *userdata, struct tracee *task)
{
	struct seen *seen = userdata;

	seen->executed++;
	ck_assert_uint_eq(seen->executed, seen->execs);
}

static void on_signal(void *userdata, struct tracee *task, int sig)
{
	((struct seen *)userdata)->signals += sig == SIGUSR1 || sig == SIGUSR2;
}

static int prepare(void *userdata)
{
	return ((struct seen *)userdata)->refuse;
}

static const struct trace_ops ops = {
	.born = on_born,
	.started = on_started,
	.enter = on_enter,
	.leave = on_leave,
	.exec = on_exec,
	.executed = on_executed,
	.ending = on_ending,
	.gone = on_gone,
	.signalled = on_signal,
	.prepare = prepare,
};

/* Follows a shell command to its end; ptrace may be forbidden here: 0 then. */
static int follow(const char *script, const struct trace_ops *with, struct seen *seen,
		  struct trace_end *ret_end)
{
	char shell[] = "sh", dash_c[] = "-c", *argv[] = { shell, dash_c, (char *)(uintptr_t)script, NULL };
	struct tracer *tracer;

	ck_assert_int_eq(tracer_new(with, seen, &tracer), 0);
	int r = tracer_start(tracer, argv);
	if (r == -EPERM) {
		printf("SKIP: following commands: ptrace is not permitted here\n");
		tracer_free(tracer);
		return 0;
	}
	ck_assert_int_eq(r, 0);
	ck_assert_int_eq(tracer_run(tracer, ret_end), 0);
	tracer_free(tracer);
	ck_assert_int_eq(waitpid(-1, NULL, __WALL | WNOHANG), -1);
	return 1;
}

START_TEST(everything_is_seen)
{
	struct seen seen = { 0 };
	struct trace_end end;

	if (!follow("/bin/true; (exit 1); printf seen >/dev/null; exit 7", &ops, &seen, &end))
		return;
	ck_assert(end.executed && WIFEXITED(end.status));
	ck_assert_int_eq(WEXITSTATUS(end.status), 7);
	ck_assert_uint_eq(end.left, 0);
	ck_assert_uint_ge(seen.born, 3);
	ck_assert_uint_eq(seen.orphans, 1);
	ck_assert_uint_eq(seen.started, seen.born - 1);
	ck_assert_uint_eq(seen.endings, seen.born);
	ck_assert_uint_eq(seen.gone, seen.born);
	ck_assert_uint_ge(seen.execs, 2);
	ck_assert_uint_eq(seen.executed, seen.execs);
	ck_assert_uint_gt(seen.entered, 20);
	ck_assert_uint_eq(seen.unpaired, 0);
	ck_assert_uint_le(seen.left, seen.entered);
	ck_assert_str_eq(seen.text, "seen");
}
END_TEST

START_TEST(signals_are_told)
{
	struct seen seen = { 0 };
	struct trace_end end;

	if (!follow("trap : USR1; kill -USR1 $$; kill -USR1 $$; kill -USR2 $$", &ops, &seen, &end))
		return;
	ck_assert_uint_eq(seen.signals, 3);
	ck_assert_int_eq(WTERMSIG(end.status), SIGUSR2);
}
END_TEST

START_TEST(what_is_not_prepared_is_not_executed)
{
	struct seen seen = { .refuse = EDOM };
	struct trace_end end;

	if (!follow("exit 0", &ops, &seen, &end))
		return;
	ck_assert(!end.executed);
	ck_assert_int_eq(end.exec_errno, EDOM);
	ck_assert_uint_eq(seen.execs, 0);
}
END_TEST

START_TEST(no_function_is_needed)
{
	static const struct trace_ops none = { 0 };
	struct trace_end end;

	if (follow("(exit 0) & wait; exit 3", &none, NULL, &end))
		ck_assert_int_eq(WEXITSTATUS(end.status), 3);
}
END_TEST

static const struct {
	const char *script;
	int signal; /* 0: exits */
	int status;
} ends[] = {
	{ "exit 0", 0, 0 },
	{ "exit 255", 0, 255 },
	{ "kill -TERM $$", SIGTERM, 0 },
	{ "kill -KILL $$", SIGKILL, 0 },
	/* again and again, as the first one may come before the stop */
	{ "(while kill -CONT $$; do sleep 0.05; done 2>/dev/null) & kill -STOP $$; exit 4", 0, 4 },
	{ "trap 'exit 5' USR1; kill -USR1 $$", 0, 5 },
	{ "sleep 0.5 & kill -STOP $!; kill -CONT $!; wait $!; exit 6", 0, 6 },
	{ "(sleep 0.2; exit 1) & exit 8", 0, 8 },
};

START_TEST(the_end_is_the_commands)
{
	struct seen seen = { 0 };
	struct trace_end end;

	if (!follow(ends[_i].script, &ops, &seen, &end))
		return;
	ck_assert_int_eq(WIFSIGNALED(end.status) ? WTERMSIG(end.status) : 0, ends[_i].signal);
	if (!ends[_i].signal)
		ck_assert_int_eq(WEXITSTATUS(end.status), ends[_i].status);
	ck_assert_uint_eq(seen.gone, seen.born);
}
END_TEST

/* ----------------------------------------- what comes in another order -- */

/* What a command starts, caught where its fork is about to be told of: nothing of its child was seen. */
struct caught {
	struct seen seen;
	pid_t command, maker; /* maker: in its fork; 0: in none */
	bool killed;	      /* it was */
};

static void caught_born(void *userdata, struct tracee *task, const struct tracee *parent)
{
	struct caught *caught = userdata;

	if (!caught->seen.born++)
		caught->command = task->tid;
	caught->seen.orphans += !parent;
}

static void caught_enter(void *userdata, struct tracee *task)
{
	struct caught *caught = userdata;

	if (task->tid != caught->command && !caught->killed &&
	    (tracee_calls(task, "clone") || tracee_calls(task, "fork") || tracee_calls(task, "vfork")))
		caught->maker = task->tid;
}

static void caught_gone(void *userdata, struct tracee *task)
{
	((struct caught *)userdata)->seen.gone++;
}

/* Waits without taking the news away. */
static siginfo_t news_of(pid_t tid, int what)
{
	siginfo_t info = { .si_pid = 0 };

	ck_assert_int_eq(waitid(P_PID, (id_t)tid, &info, what | WNOWAIT | __WALL), 0);
	return info;
}

static int caught_idle(void *userdata)
{
	struct caught *caught = userdata;
	unsigned long child;

	if (!caught->maker)
		return -1;
	int event = news_of(caught->maker, WEXITED | WSTOPPED).si_status >> 8;
	if ((event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) &&
	    ptrace(PTRACE_GETEVENTMSG, caught->maker, NULL, &child) == 0) {
		news_of((pid_t)child, WSTOPPED);
		kill(caught->maker, SIGKILL);
		caught->killed = true;
	}
	caught->maker = 0;
	return -1;
}

static const struct trace_ops caught_ops = {
	.born = caught_born, .enter = caught_enter, .gone = caught_gone, .idle = caught_idle
};

/* Then its child is followed without a parent. */
START_TEST(a_parent_may_end_before_it_tells)
{
	char shell[] = "sh", dash_c[] = "-c", script[] = "exec 2>/dev/null; ( (:); :); exit 3",
	     *argv[] = { shell, dash_c, script, NULL };
	struct caught caught = { .killed = false };
	struct trace_end end;
	struct tracer *tracer;

	ck_assert_int_eq(tracer_new(&caught_ops, &caught, &tracer), 0);
	if (tracer_start(tracer, argv) == 0) {
		ck_assert_int_eq(tracer_run(tracer, &end), 0);
		ck_assert_int_eq(WEXITSTATUS(end.status), 3);
		ck_assert_uint_eq(caught.seen.born, 3);
		ck_assert_uint_eq(caught.seen.gone, 3);
		ck_assert_uint_eq(caught.seen.orphans, 1 + caught.killed);
	}
	tracer_free(tracer);
}
END_TEST

struct ending {
	pid_t command, left; /* what it leaves behind */
	bool exits, over, sent;
};

static void ending_born(void *userdata, struct tracee *task, const struct tracee *parent)
{
	struct ending *ending = userdata;

	*(parent ? &ending->left : &ending->command) = task->tid;
}

static void ending_exits(void *userdata, struct tracee *task)
{
	struct ending *ending = userdata;

	ending->exits |= task->tid == ending->command;
}

static void ending_gone(void *userdata, struct tracee *task)
{
	struct ending *ending = userdata;

	ending->over |= task->tid == ending->command;
}

/* As who sees that the command is dead: the loop has not been told of it. */
static int ending_idle(void *userdata)
{
	struct ending *ending = userdata;

	if (!ending->exits || ending->sent)
		return -1;
	if (!ending->over)
		news_of(ending->command, WEXITED);
	kill(getpid(), SIGTERM);
	ending->sent = true;
	return -1;
}

/* A signal that comes after the command's end stops the loop, whether it was told of that end or not. */
START_TEST(a_signal_after_the_end)
{
	static const struct trace_ops with = {
		.born = ending_born, .ending = ending_exits, .gone = ending_gone, .idle = ending_idle
	};
	char shell[] = "sh", dash_c[] = "-c", script[] = "sleep 30 & exit 3",
	     *argv[] = { shell, dash_c, script, NULL };
	struct ending ending = { .left = 0 };
	struct trace_end end;
	struct tracer *tracer;

	ck_assert_int_eq(tracer_new(&with, &ending, &tracer), 0);
	if (tracer_start(tracer, argv) == 0) {
		ck_assert_int_eq(tracer_run(tracer, &end), 0);
		ck_assert_int_eq(WEXITSTATUS(end.status), 3);
		ck_assert_uint_eq(end.left, 1);
		kill(ending.left, SIGKILL);
	}
	tracer_free(tracer);
}
END_TEST

/* So slow that all tasks have more to tell when it is through. */
static void slow_enter(void *userdata, struct tracee *task)
{
	unsigned *calls = userdata;

	usleep(500);
	if (++*calls == 1000)
		kill(getpid(), SIGTERM);
}

static void slow_leave(void *userdata, struct tracee *task, int64_t result)
{
	usleep(500);
}

/* However much there is to tell. */
START_TEST(signals_go_on_to_busy_commands)
{
	static const struct trace_ops with = { .enter = slow_enter, .leave = slow_leave };
	char shell[] = "sh", dash_c[] = "-c",
	     script[] = "busy() { while :; do umask 0; done; }; trap 'kill -KILL $all; exit 5' TERM; all=;"
			"for i in 1 2 3 4 5 6 7 8; do busy & all=\"$all $!\"; done; busy",
	     *argv[] = { shell, dash_c, script, NULL };
	struct trace_end end;
	struct tracer *tracer;
	unsigned calls = 0;

	ck_assert_int_eq(tracer_new(&with, &calls, &tracer), 0);
	if (tracer_start(tracer, argv) == 0) {
		ck_assert_int_eq(tracer_run(tracer, &end), 0);
		ck_assert(WIFEXITED(end.status));
		ck_assert_int_eq(WEXITSTATUS(end.status), 5);
		ck_assert_uint_lt(calls, 5000);
	}
	tracer_free(tracer);
}
END_TEST

/* Two processes that run, and how many of them were let go. */
struct pair {
	pid_t pids[2], last; /* last: let go after the other */
	unsigned started;
};

static void pair_started(void *userdata, struct tracee *task)
{
	((struct pair *)userdata)->started++;
}

static int pair_idle(void *userdata)
{
	if (((struct pair *)userdata)->started == 2)
		kill(getpid(), SIGTERM);
	return -1;
}

/* When the first is let go the second is about to be given a signal. */
static void pair_gone(void *userdata, struct tracee *task)
{
	struct pair *pair = userdata;

	if (pair->last)
		return;
	pair->last = pair->pids[task->tid == pair->pids[0]];
	kill(pair->last, SIGUSR1);
	news_of(pair->last, WSTOPPED);
}

START_TEST(signals_reach_what_is_let_go)
{
	static const struct trace_ops with = { .started = pair_started,
					       .gone = pair_gone,
					       .idle = pair_idle };
	struct pair pair = { .last = 0 };
	struct trace_end end;
	struct tracer *tracer;
	int r = 0, status = 0;

	for (int i = 0; i < 2; i++) {
		pair.pids[i] = fork();
		while (pair.pids[i] == 0)
			; /* in no call, whose end would be told of first */
	}
	ck_assert_int_eq(tracer_new(&with, &pair, &tracer), 0);
	for (int i = 0; i < 2 && r == 0; i++)
		r = tracer_attach(tracer, pair.pids[i]);
	if (r == 0)
		ck_assert_int_eq(tracer_run(tracer, &end), 0);
	tracer_free(tracer);
	if (r == 0)
		waitpid(pair.last, &status, 0);
	for (int i = 0; i < 2; i++)
		kill(pair.pids[i], SIGKILL);
	ck_assert(r < 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1));
}
END_TEST

static void *wait_for_ever(void *arg)
{
	while (pause() < 0)
		;
	return arg;
}

static void *end_at_once(void *arg)
{
	return arg;
}

static void *make_threads(void *arg)
{
	pthread_t thread;

	for (;;)
		if (pthread_create(&thread, NULL, end_at_once, NULL) == 0)
			pthread_join(thread, NULL);
	return arg;
}

enum process {
	WAITS,
	WAITS_WITHOUT_FIRST, /* its first thread has ended */
	MAKES_THREADS,
};

static void run_process(enum process process)
{
	pthread_t thread;
	int error = 0;

	if (process == WAITS_WITHOUT_FIRST)
		error = pthread_create(&thread, NULL, wait_for_ever, NULL);
	/* some that make others, among some that take their time to be followed */
	for (int i = 0; process == MAKES_THREADS && i < 48; i++)
		error |= pthread_create(&thread, NULL, i / 4 % 11 ? wait_for_ever : make_threads, NULL);
	if (error)
		_exit(1);
	if (process == WAITS_WITHOUT_FIRST)
		syscall(SYS_exit, 0);
	wait_for_ever(NULL);
}

static pid_t start_process(enum process process)
{
	struct task_status status = { .state = '?' };
	pid_t child = fork();

	if (child == 0)
		run_process(process);
	while (process == WAITS_WITHOUT_FIRST && status.state != 'Z' && task_status(child, &status) == 0)
		usleep(1000);
	return child;
}

/* Follows a process, to its violent end: what tracer_attach() says. */
static int attach_and_kill(pid_t child)
{
	struct seen seen = { 0 };
	struct trace_end end;
	struct tracer *tracer;

	ck_assert_int_eq(tracer_new(&ops, &seen, &tracer), 0);
	int r = tracer_attach(tracer, child);
	kill(child, SIGKILL);
	ck_assert(r < 0 || seen.born);
	ck_assert_int_eq(tracer_run(tracer, &end), 0);
	ck_assert_uint_eq(seen.gone, seen.born);
	tracer_free(tracer);
	waitpid(child, NULL, __WALL);
	return r;
}

/* The first thread may have ended before the others. */
START_TEST(a_process_without_its_first_thread)
{
	if (attach_and_kill(start_process(WAITS)) == 0)
		ck_assert_int_eq(attach_and_kill(start_process(WAITS_WITHOUT_FIRST)), 0);
}
END_TEST

/* Threads that end, and threads that followed ones have made meanwhile. */
START_TEST(a_process_whose_threads_come_and_go)
{
	if (attach_and_kill(start_process(WAITS)) < 0)
		return;
	for (int i = 0; i < 50; i++) {
		pid_t child = start_process(MAKES_THREADS);
		usleep(200 * (unsigned)i);
		ck_assert_int_eq(attach_and_kill(child), 0);
	}
}
END_TEST

START_TEST(what_cannot_be_executed)
{
	char command[] = "/no/such/command", *argv[] = { command, NULL };
	struct trace_end end;
	struct tracer *tracer;
	struct seen seen = { 0 };

	ck_assert_int_eq(tracer_new(&ops, &seen, &tracer), 0);
	int r = tracer_start(tracer, argv);
	if (r == 0) {
		ck_assert_int_eq(tracer_run(tracer, &end), 0);
		ck_assert(!end.executed);
		ck_assert_int_eq(end.exec_errno, ENOENT);
		ck_assert_uint_eq(seen.gone, 1);
	}
	tracer_free(tracer);
}
END_TEST

START_TEST(signals_are_given_back)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, now;
	sigset_t before, after;
	struct trace_end end;
	struct seen seen = { 0 };

	/* An ignored SIGCHLD is the command's to see, and ours again in the end. */
	sigaction(SIGCHLD, &ignore, NULL);
	sigprocmask(SIG_BLOCK, NULL, &before);
	follow("exit 0", &ops, &seen, &end);
	sigprocmask(SIG_BLOCK, NULL, &after);
	sigaction(SIGCHLD, NULL, &now);
	ck_assert(now.sa_handler == SIG_IGN);
	for (int sig = 1; sig < NSIG; sig++)
		ck_assert_int_eq(sigismember(&before, sig), sigismember(&after, sig));
}
END_TEST

START_TEST(status_of_a_task)
{
	struct task_status status;

	prctl(PR_SET_NAME, "a\\b\tc");
	ck_assert_int_eq(task_status(getpid(), &status), 0);
	ck_assert_int_eq(status.tgid, getpid());
	ck_assert_int_eq(status.ppid, getppid());
	ck_assert_int_eq(status.state, 'R');
	ck_assert_int_gt(status.memory, 0);
	ck_assert_ptr_nonnull(strstr(status.name, "b"));
	ck_assert_int_eq(task_status(0x7fffffff, &status), -ESRCH);
}
END_TEST

START_TEST(command_of_a_task)
{
	char buf[256], small[5];

	task_command(getpid(), buf, sizeof(buf));
	ck_assert_ptr_nonnull(strstr(buf, "ptrace_test"));
	task_command(getpid(), small, sizeof(small));
	ck_assert_uint_eq(strlen(small), 4);
	task_command(0x7fffffff, buf, sizeof(buf));
	ck_assert_str_eq(buf, "[?]");
}
END_TEST

START_TEST(filters_of_tasks_that_have_none)
{
	struct task_filters filters;
	char why[FILTERS_WHY_MAX] = "";

	ck_assert_int_eq(task_filters_read(0x7fffffff, &filters, why), -ESRCH);
	ck_assert_str_eq(why, "no task has the id 2147483647");
	ck_assert_int_eq(task_filters_read(getpid(), &filters, why), -EPERM);
	ck_assert_str_eq(why, "a process cannot trace itself");

	pid_t child = fork();
	if (child == 0)
		_exit(0);
	siginfo_t info;
	waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
	ck_assert_int_eq(task_filters_read(child, &filters, why), -ESRCH);
	ck_assert_ptr_nonnull(strstr(why, "has ended"));
	waitpid(child, NULL, 0);
}
END_TEST

START_TEST(filters_of_a_child)
{
	static struct sock_filter insns[] = { { 0x06, 0, 0, 0x7fff0000 } };
	struct sock_fprog prog = { 1, insns };
	struct task_filters filters;
	char why[FILTERS_WHY_MAX] = "", word;
	int ready[2];

	ck_assert_int_eq(pipe(ready), 0);
	pid_t child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		for (int i = 0; i < 3; i++)
			syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, i == 1 ? SECCOMP_FILTER_FLAG_LOG : 0,
				&prog);
		if (write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	ck_assert_int_eq((int)read(ready[0], &word, 1), 1);
	int r = task_filters_read(child, &filters, why);
	if (r == 0) {
		ck_assert_uint_eq(filters.n, 3);
		for (size_t i = 0; i < filters.n; i++) {
			ck_assert_uint_eq(filters.items[i].len, 1);
			ck_assert_mem_eq(filters.items[i].insns, insns, sizeof(insns));
			ck_assert_int_eq(filters.items[i].log, i == 1);
		}
		task_filters_done(&filters);
		/* It is let go: nobody traces it, and it ends when told to. */
		struct task_status status;
		ck_assert_int_eq(task_status(child, &status), 0);
		ck_assert_int_eq(status.tracer, 0);
	} else {
		ck_assert(r == -EPERM || r == -EACCES || r == -EOPNOTSUPP);
		printf("SKIP: reading a task's filters: %s\n", why);
	}
	/* Not SIGTERM: Check's own handler would take the test along. */
	kill(child, SIGUSR1);
	int status;
	waitpid(child, &status, 0);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
	close(ready[0]);
	close(ready[1]);
}
END_TEST

#define GROWN 300

static void *grow(void *arg)
{
	static struct sock_filter insns[] = { { 0x06, 0, 0, 0x7fff0000 } };
	struct sock_fprog prog = { 1, insns };

	for (int i = 0; i < GROWN; i++) {
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &prog);
		usleep(500);
	}
	return wait_for_ever(arg);
}

/* While another thread puts filters on its stack a task stands still, its stack does not. */
START_TEST(filters_of_a_growing_stack)
{
	struct task_filters filters = { .n = 0 };
	char why[FILTERS_WHY_MAX] = "";
	pthread_t thread;
	pid_t child = fork();
	int r = -ENODATA;

	if (child == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (pthread_create(&thread, NULL, grow, NULL))
			_exit(1);
		wait_for_ever(NULL);
	}
	while (r == -ENODATA || (r == 0 && filters.n < GROWN)) {
		task_filters_done(&filters);
		r = task_filters_read(child, &filters, why);
	}
	ck_assert_msg(r == 0 || r == -EPERM || r == -EACCES || r == -EOPNOTSUPP, "%s", why);
	if (r == 0)
		task_filters_done(&filters);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, everything_is_seen);
	tcase_add_test(tc, signals_are_told);
	tcase_add_test(tc, what_is_not_prepared_is_not_executed);
	tcase_add_test(tc, no_function_is_needed);
	tcase_add_loop_test(tc, the_end_is_the_commands, 0, COUNT_OF(ends));
	tcase_add_test(tc, a_parent_may_end_before_it_tells);
	tcase_add_test(tc, a_signal_after_the_end);
	tcase_add_test(tc, signals_go_on_to_busy_commands);
	tcase_add_test(tc, signals_reach_what_is_let_go);
	tcase_add_test(tc, a_process_without_its_first_thread);
	tcase_add_test(tc, a_process_whose_threads_come_and_go);
	tcase_add_test(tc, what_cannot_be_executed);
	tcase_add_test(tc, signals_are_given_back);
	tcase_add_test(tc, status_of_a_task);
	tcase_add_test(tc, command_of_a_task);
	tcase_add_test(tc, filters_of_tasks_that_have_none);
	tcase_add_test(tc, filters_of_a_child);
	tcase_add_test(tc, filters_of_a_growing_stack);
}

int main(void)
{
	return run_suite("ptrace", add);
}
