/* SPDX-License-Identifier: MIT */
#include "bench/mix.h"

#include <string.h>

/* What strace counts most often in shells, compilers, servers and desktop programs. */
static const char *const common[] = {
	"read",       "write",      "close",       "openat",       "newfstatat",     "fstat",    "mmap",
	"munmap",     "mprotect",   "brk",         "rt_sigaction", "rt_sigprocmask", "ioctl",    "pread64",
	"access",     "pipe2",      "select",      "poll",         "epoll_wait",     "epoll_ctl", "futex",
	"getpid",     "gettid",     "clone",       "clone3",       "execve",         "wait4",    "fcntl",
	"getdents64", "lseek",      "statx",       "socket",       "connect",        "sendto",   "recvfrom",
	"sendmsg",    "recvmsg",    "setsockopt",  "getsockopt",   "readlink",       "unlink",   "rename",
	"mkdir",      "getrandom",  "prctl",       "arch_prctl",   "set_robust_list", "rseq",    "prlimit64",
	"clock_gettime", "clock_nanosleep", "exit_group", "writev", "readv", "dup2", "getuid", "geteuid",
};

#define NR_SPREAD 470u

static uint64_t argument(struct vd_random *random)
{
	uint64_t any = vd_random_next(random);

	switch (vd_random_below(random, 3)) {
	case 0:
		return any % 256;
	case 1:
		return (uint32_t)any;
	default:
		return any;
	}
}

void mix_record(struct vd_random *random, struct seccomp_data *ret_data)
{
	int abi = vd_random_below(random, 20) ? VD_ABI_X86_64 : VD_ABI_I386;
	uint32_t nr = vd_random_below(random, NR_SPREAD);
	const char *name = common[vd_random_below(random, sizeof(common) / sizeof(common[0]))];
	struct seccomp_data data = { .arch = vd_abi_info(abi)->audit_arch };

	if (vd_random_below(random, 10))
		vd_syscall_number(VD_ABI_X86_64, name, strlen(name), &nr);
	data.nr = (int)nr;
	data.instruction_pointer = 0x7f0000000000u | (vd_random_next(random) & 0xffffff);
	for (int i = 0; i < 6; i++)
		data.args[i] = argument(random);
	*ret_data = data;
}
