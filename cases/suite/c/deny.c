/* SPDX-License-Identifier: MIT */
/*
 * Two filters of a program that gives up opening files for writing, then
 * networking: a demonstration in the style of The Linux Programming
 * Interface's, with what such texts have: macros with parameters, a second
 * array, designated initialisers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#if defined(__i386__)
#define ARCH_NR AUDIT_ARCH_I386
#elif defined(__x86_64__)
#define ARCH_NR AUDIT_ARCH_X86_64
#else
#error "which AUDIT_ARCH_ is this?"
#endif

#define syscall_nr (offsetof(struct seccomp_data, nr))
#define arg_lo(n) (offsetof(struct seccomp_data, args[(n)]))
#define arg_hi(n) (offsetof(struct seccomp_data, args[(n)]) + sizeof(uint32_t))

#define LOAD(offset) BPF_STMT(BPF_LD + BPF_W + BPF_ABS, offset)
#define RETURN(value) BPF_STMT(BPF_RET + BPF_K, value)
#define FAIL(error) RETURN(SECCOMP_RET_ERRNO | ((error) & SECCOMP_RET_DATA))
#define IF_NOT(name, skip) BPF_JUMP(BPF_JMP + BPF_JEQ + BPF_K, __NR_##name, 0, skip)
#define DENY(name, error) IF_NOT(name, 1), FAIL(error)

enum { KILLED = 2 };

/* The kernel looks at the low half of flags only. */
static const struct sock_filter writing[] = {
	LOAD(offsetof(struct seccomp_data, arch)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH_NR, 1, 0),
	RETURN(SECCOMP_RET_KILL_PROCESS),
	LOAD(syscall_nr),
	DENY(creat, EROFS),
	DENY(truncate, EROFS),
	IF_NOT(openat, 3),
	LOAD(arg_lo(2)), /* flags */
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1),
	FAIL(EROFS),
	RETURN(SECCOMP_RET_ALLOW)
};

const struct sock_filter networking[] = {
	{ .code = BPF_LD | BPF_W | BPF_ABS, .k = syscall_nr },
	{ .code = BPF_JMP | BPF_JEQ | BPF_K, .jf = 5, .k = SYS_socket },
	LOAD(arg_hi(0)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, KILLED),
	LOAD(arg_lo(0)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 1, 0),
	FAIL(EAFNOSUPPORT),
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
};
