/* SPDX-License-Identifier: MIT */
#include "loader/supervise/family.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Newer than the headers this may be built with. */
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

struct courier {
	atomic_int handed; /* a descriptor, -1: none, or it has been passed on */
	atomic_int target; /* 0: nobody knows of it yet; below: -errno, and none will be */
};

/* ------------------------------------------------------------- the courier -- */

/* Whether there was somebody to take it. */
static bool send_fd(int socket, int fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};

	memset(&control, 0, sizeof(control));
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_NOSIGNAL) >= 0;
}

/* In a loop that makes no system call. */
static void pause_briefly(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#endif
}

/*
 * Looks for what the target hands over, often at first; it is killed in the end, or its parent is gone:
 * before a look, or between the look and what it leads to.
 */
static void run_courier(struct courier *shared, int socket, pid_t parent)
{
	struct timespec pause = { .tv_nsec = 20 * 1000 };

	while (getppid() == parent) {
		int fd = atomic_load(&shared->handed);
		if (fd >= 0) {
			if (!send_fd(socket, fd))
				return;
			close(fd);
			atomic_store(&shared->handed, -1);
		}
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 1000 * 1000)
			pause.tv_nsec += pause.tv_nsec / 16;
	}
}

void courier_hand(struct courier *courier, int fd)
{
	atomic_store(&courier->handed, fd);
	while (atomic_load(&courier->handed) >= 0)
		pause_briefly();
}

static void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(1);
}

/* In the target: should the courier be killed before it has told of it, nobody would wait for it. */
static void await_known(struct courier *shared, pid_t parent)
{
	struct timespec pause = { .tv_nsec = 20 * 1000 };

	while (!atomic_load(&shared->target) && getppid() == parent)
		nanosleep(&pause, NULL);
	if (atomic_load(&shared->target) <= 0)
		_exit(1);
}

/*
 * The target may have ended, and its id be another's: the caller, who alone
 * knew, is gone. What is done then must find nothing at work any more.
 */
static void end_target(pid_t target, int pidfd)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

	if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0)
		poll(&poll_fd, 1, -1);
	else if (errno != ESRCH)
		/* before Linux 5.2, or the target has closed it */
		kill(target, SIGKILL);
}

/* The courier: makes the target as its sibling, sharing descriptors with it. */
static void begin(target_fn run, void *userdata, orphaned_fn orphaned, struct courier *shared, int socket,
		  pid_t parent)
{
	pid_t group = getpgrp();
	sigset_t all, before;
	int pidfd = -1;

	/*
	 * What ends the whole family, at a terminal or by its group, must leave somebody to clear up, from
	 * before there is a target.
	 */
	setpgid(0, 0);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	long target = syscall(SYS_clone, CLONE_FILES | CLONE_PARENT | CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
	if (target == 0) {
		setpgid(0, group);
		sigprocmask(SIG_SETMASK, &before, NULL);
		await_known(shared, parent);
		if (orphaned)
			die_with(parent);
		_exit(run(userdata, shared));
	}
	atomic_store(&shared->target, target < 0 ? -errno : (int)target);
	if (target < 0)
		_exit(1);
	run_courier(shared, socket, parent);
	/* a target that outlives the caller has handed its listener over, and this courier was dismissed */
	end_target((pid_t)target, pidfd);
	if (orphaned)
		orphaned(userdata);
	_exit(0);
}

/* ---------------------------------------------------------- the supervisor -- */

/* It is known, but its courier is gone. */
static int give_up(pid_t target)
{
	kill(target, SIGKILL);
	while (waitpid(target, NULL, 0) < 0 && errno == EINTR)
		;
	return -ECHILD;
}

/* The courier tells who the target is. */
static int await_target(struct family *family)
{
	struct timespec pause = { .tv_nsec = 20 * 1000 };
	int target;

	while (!(target = atomic_load(&family->shared->target))) {
		if (!family_has_courier(family)) {
			/* one that it has not told of is not to begin */
			target = atomic_exchange(&family->shared->target, -ECHILD);
			return target > 0 ? give_up(target) : target < 0 ? target : -ECHILD;
		}
		nanosleep(&pause, NULL);
	}
	return target;
}

int family_start(target_fn run, void *userdata, orphaned_fn orphaned, struct family *ret_family)
{
	struct family family = { .socket = -1 };
	int sockets[2], r;
	pid_t parent = getpid();

	family.shared = mmap(NULL, sizeof(*family.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			     -1, 0);
	if (family.shared == MAP_FAILED)
		return -errno;
	atomic_store(&family.shared->handed, -1);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0) {
		r = -errno;
		family_done(&family);
		return r;
	}
	family.socket = sockets[0];
	family.courier = fork();
	r = family.courier < 0 ? -errno : 0;
	if (family.courier == 0) {
		close(sockets[0]);
		begin(run, userdata, orphaned, family.shared, sockets[1], parent);
	}
	close(sockets[1]);
	if (r == 0)
		r = await_target(&family);
	if (r < 0) {
		family_done(&family);
		return r;
	}
	family.target = r;
	/* it does so as well: whoever is first */
	setpgid(family.target, getpgrp());
	*ret_family = family;
	return 0;
}

int family_take(struct family *family, int limit_ms)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	struct pollfd poll_fd = { .fd = family->socket, .events = POLLIN };
	int n = poll(&poll_fd, 1, limit_ms), fd;

	if (n <= 0)
		return n < 0 ? -errno : -ETIMEDOUT;
	ssize_t got = recvmsg(family->socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (got <= 0)
		return got < 0 ? -errno : -EPIPE;
	if (message.msg_controllen < sizeof(control.head) || control.head.cmsg_type != SCM_RIGHTS)
		return -EPROTO;
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	/* sent is not closed yet, and the target waits for that */
	while (atomic_load(&family->shared->handed) >= 0)
		if (waitpid(family->courier, NULL, WNOHANG) != 0) {
			family->courier = 0;
			close(fd);
			return -ECHILD;
		}
	return fd;
}

bool family_has_courier(struct family *family)
{
	if (family->courier > 0 && waitpid(family->courier, NULL, WNOHANG) == family->courier)
		family->courier = 0;
	return family->courier > 0;
}

void family_dismiss(struct family *family)
{
	if (family->courier <= 0)
		return;
	kill(family->courier, SIGKILL);
	while (waitpid(family->courier, NULL, 0) < 0 && errno == EINTR)
		;
	family->courier = 0;
}

void family_done(struct family *family)
{
	family_dismiss(family);
	if (family->socket >= 0)
		close(family->socket);
	if (family->shared && family->shared != MAP_FAILED)
		munmap(family->shared, sizeof(*family->shared));
	*family = (struct family){ .socket = -1 };
}
