/* SPDX-License-Identifier: MIT */
/*
 * The table of equivalents. Each row: a call that policies deny, and the calls
 * that do the same, with why. A row leads from what a policy's author knew
 * (the older call, as a rule) to what came later or lies beside it, never back:
 * a policy that denies clone3 and allows clone means it.
 *
 * Not here: calls that need a capability of their own for it anyway
 * (open_by_handle_at), calls that do part of it (process_vm_writev for ptrace),
 * and values of one call that do what another value does (TIOCLINUX, TIOCSTI).
 */
#include "loader/lint/doors.h"
#include "vm/verdict.h"

#include <stddef.h>

/* linux/sched.h: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET */
#define NAMESPACES UINT64_C(0x7e020000)
#define PROT_EXEC_BIT 4
#define PROT_WRITE_EXEC 6 /* executable from the start is what every library is; writable as well is not */
#define SHM_EXEC_BIT UINT64_C(0100000)
#define OPEN_WRITES UINT64_C(01103) /* O_WRONLY, O_RDWR, O_CREAT, O_TRUNC */
#define CREAT_FLAGS UINT64_C(01101) /* what creat(path, mode) is open with */
#define SET_ID UINT64_C(06000)      /* S_ISUID, S_ISGID */

#define CALL(name) { name, NULL, 0, 0, 0, -1 }
#define SAME(name, args) { name, args, 0, 0, 0, -1 }
#define WITH(name, args, value) { name, args, value, 0, 0, -1 }
#define WHEN(name, arg, bits) { name, NULL, 0, arg, bits, -1 }
#define SUB(name, number) { name, NULL, 0, 0, 0, number }
#define SUB_SAME(name, number, args) { name, args, 0, 0, 0, number }
#define SUB_WHEN(name, number, arg, bits) { name, NULL, 0, arg, bits, number }

/* Where mmap takes a pointer to its arguments (sys_old_mmap). */
#define OLD_MMAP (1u << VD_ABI_I386 | 1u << VD_ABI_M68K | 1u << VD_ABI_S390 | 1u << VD_ABI_S390X)
/* Where clone's flags are the second argument. */
#define CLONE_BACKWARDS2 (1u << VD_ABI_S390 | 1u << VD_ABI_S390X)

/* socketcall's arguments are behind a pointer, ipc's are moved by one. */
#define SOCKETCALL(name, number) \
	{ name, DOOR_NO_ARG, 0, 0, false, true, "do that", \
	  { SUB("socketcall", number) } }
#define IPC(name, number, args) \
	{ name, DOOR_NO_ARG, 0, 0, false, true, "do that", { SUB_SAME("ipc", number, args) } }

/* clang-format off */
const struct doors lint_doors[] = {
	/* The mount calls of 5.2 and later put a file system in place without mount(2). */
	{ "mount", DOOR_NO_ARG, 0, 0, false, true, "mount file systems",
	  { CALL("move_mount"), CALL("fsopen"), CALL("fsmount"), CALL("fspick"), CALL("open_tree"),
	    CALL("open_tree_attr"), CALL("mount_setattr") } },
	{ "umount2", DOOR_NO_ARG, 0, 0, false, false, "unmount", { CALL("umount") } },
	{ "umount", DOOR_NO_ARG, 0, 0, false, false, "unmount", { CALL("umount2") } },

	/* A namespace by any of them; clone3's flags are behind a pointer, setns enters an existing one. */
	{ "clone", 0, NAMESPACES, CLONE_BACKWARDS2, true, false, "make or enter namespaces",
	  { CALL("clone3"), SAME("unshare", "0"), SAME("setns", "1") } },
	{ "clone", 1, NAMESPACES, ~CLONE_BACKWARDS2, true, false, "make or enter namespaces",
	  { CALL("clone3"), SAME("unshare", "-0"), SAME("setns", "-1") } },
	{ "unshare", 0, NAMESPACES, CLONE_BACKWARDS2, false, false, "make namespaces",
	  { CALL("clone3"), SAME("clone", "0") } },
	{ "unshare", 0, NAMESPACES, ~CLONE_BACKWARDS2, false, false, "make namespaces",
	  { CALL("clone3"), SAME("clone", "1") } },
	{ "fork", DOOR_NO_ARG, 0, 0, false, false, "make processes",
	  { CALL("vfork"), CALL("clone"), CALL("clone3") } },
	{ "execve", DOOR_NO_ARG, 0, 0, false, false, "execute programs", { CALL("execveat") } },

	/* Executable memory: made so, or mapped so while it is writable. */
	{ "mprotect", 2, PROT_EXEC_BIT, 0, false, false, "make executable memory",
	  { SAME("pkey_mprotect", "012"), WHEN("mmap", 2, PROT_WRITE_EXEC), WHEN("mmap2", 2, PROT_WRITE_EXEC),
	    WHEN("shmat", 2, SHM_EXEC_BIT), SUB_WHEN("ipc", 21, 2, SHM_EXEC_BIT) } },
	{ "mmap", 2, PROT_EXEC_BIT, OLD_MMAP, false, false, "make executable memory",
	  { WHEN("mmap2", 2, PROT_WRITE_EXEC), SAME("mprotect", "012"), SAME("pkey_mprotect", "012"),
	    WHEN("shmat", 2, SHM_EXEC_BIT), SUB_WHEN("ipc", 21, 2, SHM_EXEC_BIT) } },
	{ "mmap2", 2, PROT_EXEC_BIT, 0, false, false, "make executable memory",
	  { WHEN("mmap", 2, PROT_WRITE_EXEC), SAME("mprotect", "012"), SAME("pkey_mprotect", "012"),
	    WHEN("shmat", 2, SHM_EXEC_BIT), SUB_WHEN("ipc", 21, 2, SHM_EXEC_BIT) } },

	/* Opening files; openat2's flags are behind a pointer, a ring's requests are in shared memory. */
	{ "open", 1, OPEN_WRITES, 0, false, false, "open files",
	  { SAME("openat", "123"), CALL("openat2"), WITH("creat", "0=1", CREAT_FLAGS), CALL("io_uring_setup") } },
	{ "openat", 2, OPEN_WRITES, 0, false, false, "open files",
	  { SAME("open", "-012"), CALL("openat2"), WITH("creat", "-0=1", CREAT_FLAGS), CALL("io_uring_setup") } },

	/* The same change to a file, by descriptor, folder or later version. */
	{ "chmod", 1, SET_ID, 0, false, false, "change a file's mode",
	  { SAME("fchmod", "-1"), SAME("fchmodat", "12"), SAME("fchmodat2", "12") } },
	{ "fchmodat", 2, SET_ID, 0, false, false, "change a file's mode",
	  { SAME("fchmod", "--1"), SAME("chmod", "-01"), SAME("fchmodat2", "012") } },
	{ "chown", DOOR_NO_ARG, 0, 0, false, false, "change a file's owner",
	  { CALL("fchown"), CALL("lchown"), CALL("fchownat"), CALL("chown32"), CALL("fchown32"),
	    CALL("lchown32") } },
	{ "rename", DOOR_NO_ARG, 0, 0, false, false, "rename files", { CALL("renameat"), CALL("renameat2") } },
	{ "link", DOOR_NO_ARG, 0, 0, false, false, "link files", { CALL("linkat") } },
	{ "symlink", DOOR_NO_ARG, 0, 0, false, false, "make symbolic links", { CALL("symlinkat") } },
	{ "unlink", DOOR_NO_ARG, 0, 0, false, false, "remove files", { CALL("unlinkat") } },
	{ "mkdir", DOOR_NO_ARG, 0, 0, false, false, "make folders", { CALL("mkdirat") } },
	{ "mknod", DOOR_NO_ARG, 0, 0, false, false, "make device files", { CALL("mknodat") } },
	{ "setxattr", DOOR_NO_ARG, 0, 0, false, false, "set extended attributes",
	  { CALL("fsetxattr"), CALL("lsetxattr"), CALL("setxattrat") } },

	/* Identity; the calls with 32 in their names are the ones that libc uses on i386. */
	{ "setuid", DOOR_NO_ARG, 0, 0, false, false, "change the user",
	  { CALL("setreuid"), CALL("setresuid"), CALL("setuid32"), CALL("setreuid32"), CALL("setresuid32") } },
	{ "setgid", DOOR_NO_ARG, 0, 0, false, false, "change the group",
	  { CALL("setregid"), CALL("setresgid"), CALL("setgid32"), CALL("setregid32"), CALL("setresgid32") } },

	/* The kernel, and its clock. */
	{ "init_module", DOOR_NO_ARG, 0, 0, false, false, "load modules", { CALL("finit_module") } },
	{ "finit_module", DOOR_NO_ARG, 0, 0, false, false, "load modules", { CALL("init_module") } },
	{ "kexec_load", DOOR_NO_ARG, 0, 0, false, false, "load another kernel", { CALL("kexec_file_load") } },
	{ "settimeofday", DOOR_NO_ARG, 0, 0, false, false, "set the clock",
	  { CALL("clock_settime"), CALL("clock_settime64"), CALL("stime"), CALL("adjtimex"),
	    CALL("clock_adjtime"), CALL("clock_adjtime64") } },
	{ "kill", DOOR_NO_ARG, 0, 0, false, false, "send signals",
	  { CALL("tkill"), CALL("tgkill"), CALL("rt_sigqueueinfo"), CALL("rt_tgsigqueueinfo"),
	    CALL("pidfd_send_signal") } },

	/* Sockets: linux/net.h's SYS_*; a ring has made sockets since 5.19. */
	{ "socket", DOOR_NO_ARG, 0, 0, false, true, "make sockets",
	  { SUB("socketcall", 1), CALL("io_uring_setup") } },
	SOCKETCALL("bind", 2), SOCKETCALL("connect", 3), SOCKETCALL("listen", 4), SOCKETCALL("getsockname", 6),
	SOCKETCALL("getpeername", 7), SOCKETCALL("socketpair", 8), SOCKETCALL("sendto", 11),
	SOCKETCALL("recvfrom", 12), SOCKETCALL("shutdown", 13), SOCKETCALL("setsockopt", 14),
	SOCKETCALL("getsockopt", 15), SOCKETCALL("sendmsg", 16), SOCKETCALL("recvmsg", 17),
	SOCKETCALL("accept4", 18), SOCKETCALL("recvmmsg", 19), SOCKETCALL("sendmmsg", 20),

	/* System V IPC: linux/ipc.h's SEMOP and following */
	IPC("semget", 2, "123"), IPC("semctl", 3, "123-"), IPC("msgsnd", 11, "1423"), IPC("msgrcv", 12, "1-2-3"),
	IPC("msgget", 13, "12"), IPC("msgctl", 14, "124"), IPC("shmat", 21, "142"), IPC("shmdt", 22, "4"),
	IPC("shmget", 23, "123"), IPC("shmctl", 24, "124"),
};
/* clang-format on */

const unsigned lint_doors_count = sizeof(lint_doors) / sizeof(*lint_doors);
