/* SPDX-License-Identifier: MIT */
/* The ptrace loop as others use it, and what is read of tasks. */
#include "loader/testing.h"
#include "loader/ptrace/filters.h"
#include "loader/ptrace/status.h"
#include "loader/ptrace/tracer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
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
	{ "(sleep 0.3; kill -CONT $$) & kill -STOP $$; exit 4", 0, 4 },
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

static void add(TCase *tc)
{
	tcase_add_test(tc, everything_is_seen);
	tcase_add_test(tc, signals_are_told);
	tcase_add_test(tc, what_is_not_prepared_is_not_executed);
	tcase_add_test(tc, no_function_is_needed);
	tcase_add_loop_test(tc, the_end_is_the_commands, 0, COUNT_OF(ends));
	tcase_add_test(tc, what_cannot_be_executed);
	tcase_add_test(tc, signals_are_given_back);
	tcase_add_test(tc, status_of_a_task);
	tcase_add_test(tc, command_of_a_task);
	tcase_add_test(tc, filters_of_tasks_that_have_none);
	tcase_add_test(tc, filters_of_a_child);
}

int main(void)
{
	return run_suite("ptrace", add);
}
