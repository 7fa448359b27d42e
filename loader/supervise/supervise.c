/* SPDX-License-Identifier: MIT */
#include "loader/supervise/supervise.h"
#include "loader/arena.h"
#include "loader/command.h"
#include "loader/kernel/install.h"
#include "loader/supervise/family.h"
#include "loader/supervise/notif.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WHO "verdict notify"

/* How far the command's process has come: it may be unable to say so. */
struct progress {
	size_t installed;
	struct kernel_installed refused;
	int exec_errno;
};

struct run {
	struct supervision *supervision;
	char *const *argv;
	struct progress *progress;
	size_t listening; /* the filter that gets the listener */
	bool no_new_privs;
	sigset_t old_mask;
	struct family family;
	struct notif notif;
	int signals;	 /* signalfd */
	sigset_t missed; /* came before the command could get them from the terminal */
	bool ended;
	int status;
};

/* --------------------------------------------------------------- the target -- */

/* Without kernel_install(): its calls may be judged by the filters that are there. 0 or an errno. */
static int install(const struct vd_prog *prog, unsigned flags, int *ret_listener)
{
	struct sock_fprog fprog = { .len = (unsigned short)vd_prog_len(prog),
				    .filter = (struct sock_filter *)(uintptr_t)vd_prog_insns(prog) };
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &fprog);

	if (r >= 0 && (flags & KERNEL_FLAG_NEW_LISTENER))
		*ret_listener = (int)r;
	return r < 0 ? errno : 0;
}

static int install_listening(const struct vd_prog *prog, int *ret_listener)
{
	int error = install(prog, KERNEL_FLAG_NEW_LISTENER | KERNEL_FLAG_WAIT_KILLABLE_RECV, ret_listener);

	/* known since Linux 5.19 */
	return error == EINVAL ? install(prog, KERNEL_FLAG_NEW_LISTENER, ret_listener) : error;
}

static int run_target(void *userdata, struct courier *courier)
{
	struct run *run = userdata;
	struct progress *progress = run->progress;
	const struct vd_stack *stack = run->supervision->stack.stack;
	int listener = -1, error = 0;

	if (run->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return EXIT_OWN_FAILURE;
	sigprocmask(SIG_SETMASK, &run->old_mask, NULL);
	for (size_t n = vd_stack_len(stack); progress->installed < n && !error;) {
		const struct vd_prog *prog = vd_stack_prog(stack, progress->installed);
		bool listens = progress->installed == run->listening;
		error = listens ? install_listening(prog, &listener) : install(prog, 0, NULL);
		progress->refused.error = error;
		if (error)
			return EXIT_OWN_FAILURE;
		progress->installed++;
		if (listens)
			courier_hand(courier, listener);
	}
	execvp(run->argv[0], run->argv);
	progress->exec_errno = errno;
	return EXIT_COMMAND_NOT_RUN;
}

/* ------------------------------------------------------------ the supervisor -- */

static bool can_notify(const struct vd_prog *prog, bool certainly)
{
	return notif_possible(vd_prog_insns(prog), vd_prog_len(prog), certainly);
}

/* The newest filter that may say USER_NOTIF: among equal verdicts it is the newest's listener that is asked.
 */
static int choose_listening(struct run *run)
{
	const struct filter_stack *stack = &run->supervision->stack;
	struct diags *diags = run->supervision->diags;
	int chosen = -1;

	for (int certainly = 1; certainly >= 0 && chosen < 0; certainly--)
		for (size_t i = 0; i < stack->n; i++)
			if (can_notify(vd_stack_prog(stack->stack, i), certainly))
				chosen = (int)i;
	if (chosen < 0) {
		diag_file_error(diags, WHO,
				"no filter of the stack returns USER_NOTIF: there is nothing to supervise");
		diag_hint(diags, "'verdict exec' runs a command without a supervisor");
		return -1;
	}
	for (size_t i = 0; i < (size_t)chosen; i++)
		if (can_notify(vd_stack_prog(stack->stack, i), true))
			diag_file_warning(
				diags, WHO,
				"a task has one listener, here that of '%s': USER_NOTIF by '%s' fails with "
				"ENOSYS",
				stack->names[chosen], stack->names[i]);
	run->listening = (size_t)chosen;
	return 0;
}

/* 0, or -ECHILD: the courier was killed, and the listener will never come. */
static int on_child(struct run *run)
{
	bool waits = run->family.courier > 0;

	if (!run->ended && waitpid(run->family.target, &run->status, WNOHANG) == run->family.target)
		run->ended = true;
	return waits && !family_has_courier(&run->family) && !run->ended ? -ECHILD : 0;
}

static int on_signal(struct run *run)
{
	struct signalfd_siginfo info;

	if (read(run->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	/* what tells of the command's end may come behind a signal that came after it */
	int r = on_child(run);
	if (info.ssi_signo == SIGCHLD || r < 0)
		return r;
	int sig = (int)info.ssi_signo;
	if (!run->ended && (info.ssi_code <= 0 || sigismember(&run->missed, sig))) {
		/* others of the terminal reach the command by themselves */
		sigdelset(&run->missed, sig);
		kill(run->family.target, sig);
	} else if (run->ended && run->notif.listener >= 0) {
		/* what the command left behind goes on without a supervisor */
		notif_done(&run->notif);
	}
	return 0;
}

static int take_listener(struct run *run)
{
	int fd = family_take(&run->family, 0);

	if (fd < 0)
		return fd == -ETIMEDOUT ? 0 : fd;
	family_dismiss(&run->family);
	return notif_init(&run->notif, fd);
}

static void on_notification(struct run *run)
{
	int r = notif_receive(&run->notif, 0);

	if (r == 0)
		supervise_one(run->supervision, &run->notif);
	else if (r == -EPIPE)
		notif_done(&run->notif);
}

/* Until the command has ended and nobody has its filters any more. */
static int serve(struct run *run)
{
	int r = 0;

	while (r == 0 && (!run->ended || run->notif.listener >= 0)) {
		struct pollfd fds[] = {
			{ .fd = run->signals, .events = POLLIN },
			{ .fd = run->family.courier ? run->family.socket : -1, .events = POLLIN },
			{ .fd = run->notif.listener, .events = POLLIN },
		};
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents)
			r = take_listener(run);
		if (fds[2].revents)
			on_notification(run);
		if (fds[0].revents && r == 0)
			r = on_signal(run);
	}
	return r;
}

/* What came of it, when the command's process has ended. */
static int conclude(struct run *run, int r, int *ret_status)
{
	const struct progress *progress = run->progress;
	const struct filter_stack *stack = &run->supervision->stack;
	struct diags *diags = run->supervision->diags;

	if (r < 0) {
		diag_file_error(diags, WHO, "%s: %s", run->argv[0], strerror(-r));
		return -1;
	}
	/* a filter's kill is SIGSYS: any other signal came from outside */
	bool ended = WIFSIGNALED(run->status) && WTERMSIG(run->status) != SIGSYS;
	if (progress->installed < stack->n && !ended) {
		size_t len = vd_prog_len(vd_stack_prog(stack->stack, progress->installed));
		diag_file_error(
			diags, WHO, "'%s' could not be installed: %s%s", stack->names[progress->installed],
			progress->refused.error
				? kernel_install_explain(&progress->refused, len, KERNEL_FLAG_NEW_LISTENER)
				: "the process died",
			progress->installed ? "; the filters before it must let seccomp(2) through" : "");
		return -1;
	}
	if (progress->exec_errno) {
		diag_file_error(diags, WHO, "%s: %s", run->argv[0], strerror(progress->exec_errno));
		return progress->exec_errno == ENOENT ? EXIT_COMMAND_NOT_FOUND : EXIT_COMMAND_NOT_RUN;
	}
	*ret_status = run->status;
	return 0;
}

static int take_signals(struct run *run)
{
	static const int taken[] = { SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		sigaddset(&set, taken[i]);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &set, &run->old_mask);
	run->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return run->signals < 0 ? -errno : 0;
}

static int start_and_serve(struct run *run)
{
	int r = family_start(run_target, run, NULL, &run->family);

	if (r < 0)
		return r;
	sigpending(&run->missed);
	r = serve(run);
	if (r < 0 && !run->ended)
		kill(run->family.target, SIGKILL);
	while (!run->ended && waitpid(run->family.target, &run->status, 0) < 0 && errno == EINTR)
		;
	notif_done(&run->notif);
	family_done(&run->family);
	return r;
}

int supervise(struct supervision *supervision, char *const *argv, int *ret_status)
{
	struct run run = { .supervision = supervision, .argv = argv, .notif = { .listener = -1 } };
	const char *why = kernel_why_not();
	int r = why ? -1 : choose_listening(&run);

	if (why)
		diag_file_error(supervision->diags, WHO, "no command can be put under filters here: %s", why);
	if (r < 0)
		return r;
	run.no_new_privs = !kernel_may_install();
	run.progress = mmap(NULL, sizeof(*run.progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
	if (run.progress == MAP_FAILED)
		out_of_memory();
	r = take_signals(&run);
	r = conclude(&run, r < 0 ? r : start_and_serve(&run), ret_status);
	if (run.signals >= 0)
		close(run.signals);
	sigprocmask(SIG_SETMASK, &run.old_mask, NULL);
	munmap(run.progress, sizeof(*run.progress));
	return r;
}
