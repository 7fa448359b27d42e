/* SPDX-License-Identifier: MIT */
/*
 * calls MODE ...: the program that record's tests follow. It makes calls that
 * are known to the bit, or writes down what a filter is shown of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_HERE 77

static char *self;

static void fail(const char *what)
{
	perror(what);
	_exit(99);
}

/* ------------------------------------------------------- calls to the bit -- */

#if defined(__x86_64__)
/* Makes a record's call; its address goes into the record first. */
static long call64(struct seccomp_data *data)
{
	register uint64_t r10 __asm__("r10") = data->args[3];
	register uint64_t r8 __asm__("r8") = data->args[4];
	register uint64_t r9 __asm__("r9") = data->args[5];
	long result = (long)data->nr;
	uint64_t ip;

	__asm__ volatile("lea 1f(%%rip), %[ip]\n\tsyscall\n1:"
			 : "+a"(result), [ip] "=&r"(ip)
			 : "D"(data->args[0]), "S"(data->args[1]), "d"(data->args[2]), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	data->instruction_pointer = ip;
	return result;
}

static long call32(struct seccomp_data *data)
{
	register uint64_t six __asm__("r12") = data->args[5];
	register uint64_t ip __asm__("r13");
	long result = (long)data->nr;

	__asm__ volatile("lea 1f(%%rip), %%r13\n\tsub $128, %%rsp\n\tpush %%rbp\n\tmov %%r12, %%rbp\n\t"
			 "int $0x80\n1:\tpop %%rbp\n\tadd $128, %%rsp"
			 : "+a"(result), "=r"(ip)
			 : "b"(data->args[0]), "c"(data->args[1]), "d"(data->args[2]), "S"(data->args[3]),
			   "D"(data->args[4]), "r"(six)
			 : "r8", "r9", "r10", "r11", "memory");
	data->instruction_pointer = ip;
	return result;
}

/* Numbers that no kernel has, or that do nothing; every bit of the arguments counts. */
static struct seccomp_data known[] = {
	{ .nr = 1000, .arch = AUDIT_ARCH_X86_64, .args = { 1, 2, 3, 4, 5, 6 } },
	{ .nr = 1001,
	  .arch = AUDIT_ARCH_X86_64,
	  .args = { ~0ull, 1ull << 63, 0x123456789abcdef0, 0, ~0u, 7 } },
	{ .nr = SYS_getpid,
	  .arch = AUDIT_ARCH_X86_64,
	  .args = { 0xdeadbeef, 0, 0, 0, 0, 0xffffffff00000000 } },
	{ .nr = 0x40000000 | SYS_getpid, .arch = AUDIT_ARCH_X86_64, .args = { 9, 8, 7, 6, 5, 4 } },
	{ .nr = (int)0x80000005, .arch = AUDIT_ARCH_X86_64, .args = { 1 } },
	{ .nr = 20,
	  .arch = AUDIT_ARCH_I386,
	  .args = { 0xdead00000001, ~0ull, 3, 0x100000004, 5, 0x600000006 } },
	{ .nr = 1002, .arch = AUDIT_ARCH_I386, .args = { 1, 2, 3, 4, 5, 6 } },
};
#define KNOWN (sizeof(known) / sizeof(*known))

static void no_entry(int sig)
{
	_exit(NOT_HERE);
}

static void make_known(void)
{
	signal(SIGSEGV, no_entry);
	for (size_t i = 0; i < KNOWN; i++) {
		long result = known[i].arch == AUDIT_ARCH_I386 ? call32(&known[i]) : call64(&known[i]);
		if (known[i].arch == AUDIT_ARCH_I386 && known[i].nr == 20 && result == -ENOSYS)
			_exit(NOT_HERE);
	}
}
#else
static struct seccomp_data known[1];
static void make_known(void)
{
	_exit(NOT_HERE);
}
#endif

static void write_all(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		fail(path);
	close(fd);
}

/* The calls, and in FILE what they were. */
static int known_calls(char **args)
{
	make_known();
	write_all(args[0], known, sizeof(known));
	return 0;
}

/* -------------------------------------------------- what a filter is shown -- */

static int install_listener(void)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		/* how the listener comes to the parent */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	struct sock_fprog prog = { .len = 4, .filter = insns };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
}

union message {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static void send_fd(int socket, int fd)
{
	union message message = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
					      .cmsg_level = SOL_SOCKET,
					      .cmsg_type = SCM_RIGHTS } };
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &message, .msg_controllen = sizeof(message)
	};

	memcpy(CMSG_DATA(&message.header), &fd, sizeof(fd));
	if (sendmsg(socket, &msg, 0) != 1)
		fail("sendmsg");
}

static int receive_fd(int socket)
{
	union message message;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &message, .msg_controllen = sizeof(message)
	};
	int fd;

	if (recvmsg(socket, &msg, 0) != 1 || msg.msg_controllen < sizeof(message))
		_exit(NOT_HERE);
	memcpy(&fd, CMSG_DATA(&message.header), sizeof(fd));
	return fd;
}

/* Lets all calls go on and writes down what the filter was shown. */
static void supervise(int listener, const char *path)
{
	char request[1024], response[1024];
	struct seccomp_notif *seen = (void *)request;
	struct seccomp_notif_resp *answer = (void *)response;

	for (;;) {
		memset(request, 0, sizeof(request));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, seen) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		write_all(path, &seen->data, sizeof(seen->data));
		memset(response, 0, sizeof(response));
		answer->id = seen->id;
		answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, answer) < 0 && errno != ENOENT)
			return;
		/* the last one does not return */
		if (seen->data.nr == SYS_exit_group && seen->data.arch == AUDIT_ARCH_X86_64)
			return;
	}
}

static int notify(char **args)
{
	int sockets[2], status;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) < 0)
		fail("socketpair");
	pid_t child = fork();
	if (child == 0) {
		int listener = install_listener();
		if (listener < 0)
			_exit(NOT_HERE);
		send_fd(sockets[1], listener);
		close(listener);
		make_known();
		_exit(0);
	}
	close(sockets[1]);
	int listener = receive_fd(sockets[0]);
	supervise(listener, args[0]);
	if (waitpid(child, &status, 0) != child)
		fail("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

/* -------------------------------------------------------------- families -- */

#define THREADS 4
#define CALLS 250
#define CHILDREN 20

static void *caller(void *arg)
{
	prctl(PR_SET_NAME, "caller", 0, 0, 0);
	for (int i = 0; i < CALLS; i++)
		syscall(1010, arg, i);
	return NULL;
}

static void child_calls(int nr, int n)
{
	for (int i = 0; i < n; i++)
		syscall(nr, i);
}

/* 1,000 calls 1010 by threads, 200 calls 1011 by children, 1012 by what two of them execute. */
static int family(char **args)
{
	pthread_t threads[THREADS];

	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, caller, (void *)i))
			fail("pthread_create");
	for (int i = 0; i < CHILDREN; i++) {
		if (fork() == 0) {
			child_calls(1011, 10);
			_exit(0);
		}
	}
	for (int i = 0; i < 2; i++) {
		pid_t child = i ? fork() : vfork();
		if (child == 0) {
			execl(self, self, "one", (char *)NULL);
			_exit(97);
		}
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	while (wait(NULL) > 0)
		;
	return 0;
}

static int one(char **args)
{
	syscall(1012, 1);
	return 0;
}

static int denies_itself(char **args)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1013, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 5),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1014, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = 6, .filter = insns };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) < 0)
		fail("prctl");
	if (fork() == 0) {
		child_calls(1013, 3);
		_exit(0);
	}
	wait(NULL);
	/* No tracer of ours answers it. */
	return syscall(1013) == -1 && errno == 5 && syscall(1014) == -1 && errno == ENOSYS ? 0 : 96;
}

/* Says that it is there, and makes N calls 1015 each tenth of a second. */
static int beat(char **args)
{
	printf("ready\n");
	fflush(stdout);
	for (int i = 0; i < 600; i++) {
		child_calls(1015, 10);
		usleep(100000);
	}
	return 0;
}

/* ------------------------------------------------------------- comparing -- */

static FILE *open_records(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file)
		fail(path);
	return file;
}

/* Whether the records of the second file are in the first, in their order. */
static int subsequence(char **args)
{
	FILE *all = open_records(args[0]), *wanted = open_records(args[1]);
	struct seccomp_data record, want;
	int n = 0;

	while (fread(&want, sizeof(want), 1, wanted) == 1) {
		do {
			if (fread(&record, sizeof(record), 1, all) != 1) {
				fprintf(stderr, "record %d is missing: nr %d arch %#x ip %#llx\n", n, want.nr,
					want.arch, (unsigned long long)want.instruction_pointer);
				return 1;
			}
		} while (memcmp(&record, &want, sizeof(want)) != 0);
		n++;
	}
	printf("%d\n", n);
	return 0;
}

static const struct {
	const char *name;
	int args;
	int (*run)(char **args);
} modes[] = {
	{ "known", 1, known_calls },
	{ "notify", 1, notify },
	{ "family", 0, family },
	{ "one", 0, one },
	{ "denies-itself", 0, denies_itself },
	{ "beat", 0, beat },
	{ "subsequence", 2, subsequence },
};

int main(int argc, char **argv)
{
	self = argv[0];
	alarm(120);
	for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(argv[1], modes[i].name) || argc != 2 + modes[i].args)
			continue;
		int status = modes[i].run(argv + 2);
		fflush(stdout);
		_exit(status);
	}
	fprintf(stderr, "usage: %s MODE [FILE]...\n", self);
	_exit(2);
}
