/* SPDX-License-Identifier: MIT */
#include "loader/kernel/probe.h"
#include "loader/kernel/entry.h"
#include "loader/kernel/install.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Programs that are handed over at once, one behind the other. */
#define PROBES 128u

struct shared {
	unsigned lens[PROBES];
	int errors[PROBES];
	struct sock_filter insns[4 * KERNEL_PROBE_LEN_MAX];
};

struct kernel_prober {
	struct shared *shared;
	pid_t pid;
	int socket;
};

static int install(const struct sock_filter *insns, unsigned len)
{
	const struct sock_fprog prog = { .len = (unsigned short)len, .filter = (struct sock_filter *)insns };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, KERNEL_FLAG_NEW_LISTENER, &prog) < 0 ? errno : 0;
}

static void install_all(struct shared *shared, unsigned n)
{
	const struct sock_filter *insns = shared->insns;

	for (unsigned i = 0; i < n; i++) {
		shared->errors[i] = install(insns, shared->lens[i]);
		insns += shared->lens[i];
	}
}

/* The child: tries so many programs as it is told until nobody asks any more. Uses system calls alone. */
static void probe(int fd, struct shared *shared)
{
	static const struct sock_filter allow[] = { { 0x06, 0, 0, SECCOMP_RET_ALLOW } };
	unsigned n;
	int error;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	error = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? errno : install(allow, 1);
	if (write(fd, &error, sizeof(error)) != sizeof(error) || error)
		_exit(0);
	while (read(fd, &n, sizeof(n)) == sizeof(n)) {
		install_all(shared, n);
		if (write(fd, &error, sizeof(error)) != sizeof(error))
			break;
	}
	_exit(0);
}

static int receive(struct kernel_prober *prober)
{
	ssize_t n;
	int error;

	do
		n = read(prober->socket, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	return n == sizeof(error) ? error : -ESRCH;
}

int kernel_prober_new(struct kernel_prober **ret_prober)
{
	struct kernel_prober *prober = calloc(1, sizeof(*prober));
	int sockets[2];

	if (!prober)
		return -ENOMEM;
	prober->shared = mmap(NULL, sizeof(*prober->shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (prober->shared == MAP_FAILED || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0) {
		int r = -errno;
		if (prober->shared != MAP_FAILED)
			munmap(prober->shared, sizeof(*prober->shared));
		free(prober);
		return r;
	}
	kernel_keep_children();
	prober->socket = sockets[0];
	prober->pid = fork();
	if (prober->pid == 0) {
		close(sockets[0]);
		probe(sockets[1], prober->shared);
	}
	int r = prober->pid < 0 ? -errno : 0;
	close(sockets[1]);
	if (r == 0)
		r = -abs(receive(prober));
	if (r < 0)
		kernel_prober_free(prober);
	else
		*ret_prober = prober;
	return r;
}

void kernel_prober_free(struct kernel_prober *prober)
{
	if (!prober)
		return;
	close(prober->socket);
	if (prober->pid > 0) {
		kill(prober->pid, SIGKILL);
		while (waitpid(prober->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	munmap(prober->shared, sizeof(*prober->shared));
	free(prober);
}

const char *kernel_prober_explain(int error)
{
	const char *why = kernel_why_not();

	if (why)
		return why;
	switch (-error) {
	case EBUSY:
		return "this process has a listener already, so no other can be made";
	case EINVAL:
		return "this kernel has no listeners (SECCOMP_FILTER_FLAG_NEW_LISTENER)";
	default:
		return strerror(-error);
	}
}

/* Hands over as many of the programs as there is room for, at least one. How many those are. */
static size_t hand_over(struct shared *shared, const struct kernel_probe *probes, size_t n)
{
	const size_t room = sizeof(shared->insns) / sizeof(*shared->insns);
	size_t used = 0, i = 0;

	for (; i < n && i < PROBES && probes[i].len <= KERNEL_PROBE_LEN_MAX && used + probes[i].len <= room;
	     i++) {
		if (probes[i].len)
			memcpy(shared->insns + used, probes[i].insns, probes[i].len * sizeof(*probes->insns));
		shared->lens[i] = (unsigned)probes[i].len;
		used += probes[i].len;
	}
	return i;
}

/* Asks what was handed over. 0 or -errno. */
static int ask(struct kernel_prober *prober, unsigned n)
{
	if (send(prober->socket, &n, sizeof(n), MSG_NOSIGNAL) != sizeof(n))
		return -errno;
	return receive(prober);
}

/* What is no word about the program: no descriptor was left for the listener, or no memory. */
static int answer(int error)
{
	return error == EBUSY ? 0 : error == EINVAL ? EINVAL : -error;
}

void kernel_prober_ask_all(struct kernel_prober *prober, struct kernel_probe *probes, size_t n)
{
	for (size_t from = 0, to; from < n; from = to) {
		if (probes[from].len > KERNEL_PROBE_LEN_MAX) {
			probes[from].answer = -E2BIG;
			to = from + 1;
			continue;
		}
		to = from + hand_over(prober->shared, probes + from, n - from);
		int r = ask(prober, (unsigned)(to - from));
		for (size_t i = from; i < to; i++)
			probes[i].answer = r < 0 ? r : answer(prober->shared->errors[i - from]);
	}
}

int kernel_prober_ask(struct kernel_prober *prober, const struct sock_filter *insns, size_t len)
{
	struct kernel_probe probe = { .insns = insns, .len = len };

	kernel_prober_ask_all(prober, &probe, 1);
	return probe.answer;
}
