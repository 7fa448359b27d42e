/* SPDX-License-Identifier: MIT */
#include "loader/ptrace/loop.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Sent on to the command when a process sent them to us. */
static const int forwarded[] = { SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGUSR1,  SIGUSR2,
				 SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH, SIGCONT };
#define FORWARDED (sizeof(forwarded) / sizeof(*forwarded))

void signals_take(struct tracer *tracer)
{
	struct sigaction normal = { .sa_handler = SIG_DFL };

	sigemptyset(&tracer->waited);
	sigaddset(&tracer->waited, SIGCHLD);
	for (size_t i = 0; i < FORWARDED; i++)
		sigaddset(&tracer->waited, forwarded[i]);
	/* An inherited SIG_IGN would reap the command before its status is read. */
	sigaction(SIGCHLD, &normal, &tracer->old_child);
	sigprocmask(SIG_BLOCK, &tracer->waited, &tracer->old_mask);
}

void signals_give_back(const struct tracer *tracer)
{
	sigaction(SIGCHLD, &tracer->old_child, NULL);
	sigprocmask(SIG_SETMASK, &tracer->old_mask, NULL);
}

/* The terminal's own signals go to its whole process group, the command included. */
static bool from_a_process(const siginfo_t *info)
{
	return info->si_code <= 0;
}

/* An end that has not been told of yet is one, too: a signal is not sent to what is dead. */
static bool command_lives(const struct tracer *tracer)
{
	siginfo_t news = { .si_pid = 0 };

	/* of what is traced stops are news, asked for or not */
	return tracer->command &&
	       waitid(P_PID, (id_t)tracer->command, &news, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 &&
	       (!news.si_pid || news.si_code == CLD_TRAPPED || news.si_code == CLD_STOPPED);
}

static int on_signal(struct tracer *tracer, const siginfo_t *info)
{
	int sig = info->si_signo;

	if (sig == SIGCHLD)
		return 0;
	if (command_lives(tracer)) {
		if (from_a_process(info) && info->si_pid != tracer->command)
			kill(tracer->command, sig);
		return 0;
	}
	return sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT;
}

int signals_wait(struct tracer *tracer, int limit_ms)
{
	struct timespec limit = { .tv_sec = limit_ms / 1000, .tv_nsec = limit_ms % 1000 * 1000000L };
	sigset_t waited = tracer->waited;
	siginfo_t info;

	/* it comes before those of higher numbers */
	if (!limit_ms)
		sigdelset(&waited, SIGCHLD);
	if (sigtimedwait(&waited, &info, limit_ms < 0 ? NULL : &limit) < 0)
		return 0;
	return on_signal(tracer, &info);
}

void signals_stop_too(const struct tracer *tracer)
{
	const struct sigaction normal = { .sa_handler = SIG_DFL };
	const struct timespec now = { .tv_sec = 0 };
	siginfo_t news = { .si_pid = 0 };
	struct sigaction old;
	sigset_t stop;

	/* With a process group of its own the command has a job control of its own. */
	if (getpgid(tracer->command) != getpgrp())
		return;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	/* While it is blocked, as it is now, SIGCONT takes it back; one that came before has made news. */
	sigaction(SIGTSTP, &normal, &old);
	raise(SIGTSTP);
	waitid(P_PID, (id_t)tracer->command, &news, WCONTINUED | WNOHANG | WNOWAIT | __WALL);
	if (news.si_pid)
		sigtimedwait(&stop, NULL, &now);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	sigaction(SIGTSTP, &old, NULL);
}

int exit_status_of(int wait_status)
{
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

void end_as(int wait_status)
{
	struct rlimit no_core = { 0, 0 };
	int sig = WTERMSIG(wait_status);
	sigset_t set;

	if (!WIFSIGNALED(wait_status))
		return;
	setrlimit(RLIMIT_CORE, &no_core);
	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
	_exit(128 + sig);
}
