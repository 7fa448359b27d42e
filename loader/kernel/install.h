/* SPDX-License-Identifier: MIT */
/* Putting programs into the kernel: seccomp(2) with all its flags, and what its errors mean. */
#ifndef LOADER_KERNEL_INSTALL_H
#define LOADER_KERNEL_INSTALL_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

/* Flags newer than the headers this may be built with (linux/seccomp.h). */
#define KERNEL_FLAG_TSYNC 1u
#define KERNEL_FLAG_LOG 2u
#define KERNEL_FLAG_SPEC_ALLOW 4u
#define KERNEL_FLAG_NEW_LISTENER 8u
#define KERNEL_FLAG_TSYNC_ESRCH 16u
#define KERNEL_FLAG_WAIT_KILLABLE_RECV 32u

/* What became of an installation. */
struct kernel_installed {
	int error;    /* 0 or a positive errno */
	int listener; /* with NEW_LISTENER: the descriptor, else -1 */
	int thread;   /* with TSYNC: the thread that could not be synchronised, else 0 */
};

/*
 * Installs a filter for the calling thread. Without CAP_SYS_ADMIN it sets
 * no_new_privs first, which cannot be undone. Uses nothing but system calls, so
 * it may be called between vfork and exec. Returns 0 or a negative errno.
 */
int kernel_install(const struct sock_filter *insns, size_t len, unsigned flags,
		   struct kernel_installed *ret_installed);

/* Enters strict mode (mode 1): only read, write, exit and sigreturn are left. 0 or a negative errno. */
int kernel_install_strict(void);

/* Whether a filter around this process ends it for calling seccomp(2): a child has tried. */
bool kernel_kills_seccomp(void);

/* Why this process cannot use seccomp(2); NULL: it can. Static storage. */
const char *kernel_why_not(void);

/* Whether the calling thread may install filters without no_new_privs (CAP_SYS_ADMIN in its user namespace).
 */
bool kernel_may_install(void);

/* Whether the kernel blinds constants in this process's programs (net.core.bpf_jit_harden), and so lengthens
 * them. */
bool kernel_hardened(void);

/* One line for people about a positive errno of seccomp(2); static storage. */
const char *kernel_install_explain(const struct kernel_installed *installed, size_t len, unsigned flags);

#endif
