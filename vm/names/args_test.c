/* SPDX-License-Identifier: MIT */
#include "vm/testing.h"
#include "vm/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Each argument as "type name:bits", s for signed, * for a pointer after the bits. */
static const struct {
	int abi;
	const char *call, *args;
} calls[] = {
	{ VD_ABI_X86_64, "getpid", "" },
	{ VD_ABI_X86_64, "openat",
	  "int dfd:32s, const char * filename:64*, int flags:32s, umode_t mode:16" },
	{ VD_ABI_X86_64, "ioctl", "unsigned int fd:32, unsigned int cmd:32, unsigned long arg:64" },
	{ VD_ABI_X86_64, "clone",
	  "unsigned long clone_flags:64, unsigned long newsp:64, int * parent_tidptr:64*, "
	  "int * child_tidptr:64*, unsigned long tls:64" },
	{ VD_ABI_X86_64, "lseek", "unsigned int fd:32, off_t offset:64s, unsigned int whence:32" },
	{ VD_ABI_X86_64, "pread64",
	  "unsigned int fd:32, char * buf:64*, size_t count:64, loff_t pos:64s" },
	{ VD_ABI_X86_64, "setuid", "uid_t uid:32" },
	{ VD_ABI_X86_64, "kill", "pid_t pid:32s, int sig:32s" },
	{ VD_ABI_X86_64, "keyctl",
	  "int option:32s, unsigned long arg2:64, unsigned long arg3:64, unsigned long arg4:64, "
	  "unsigned long arg5:64" },
	{ VD_ABI_X86_64, "request_key",
	  "const char * _type:64*, const char * _description:64*, const char * _callout_info:64*, "
	  "key_serial_t destringid:32s" },
	{ VD_ABI_X86_64, "uname", "struct new_utsname * name:64*" },
	{ VD_ABI_X86_64, "capget", "cap_user_header_t header:64*, cap_user_data_t dataptr:64*" },
	{ VD_ABI_X86_64, "landlock_add_rule",
	  "const int ruleset_fd:32s, const enum landlock_rule_type rule_type:32, "
	  "const void *const rule_attr:64*, const __u32 flags:32" },
	{ VD_ABI_X86_64, "clock_gettime",
	  "const clockid_t which_clock:32s, struct __kernel_timespec * tp:64*" },

	{ VD_ABI_I386, "clone",
	  "unsigned long clone_flags:32, unsigned long newsp:32, int * parent_tidptr:32*, "
	  "unsigned long tls:32, int * child_tidptr:32*" },
	{ VD_ABI_I386, "ioctl", "unsigned int fd:32, unsigned int cmd:32, unsigned long arg:32" },
	{ VD_ABI_I386, "socketcall", "int call:32s, unsigned long * args:32*" },
	{ VD_ABI_I386, "ipc",
	  "unsigned int call:32, int first:32s, unsigned long second:32, unsigned long third:32, "
	  "void * ptr:32*, long fifth:32s" },
	{ VD_ABI_I386, "mmap", "struct mmap_arg_struct * arg:32*" },
	{ VD_ABI_I386, "mmap2",
	  "unsigned long addr:32, unsigned long len:32, unsigned long prot:32, "
	  "unsigned long flags:32, unsigned long fd:32, unsigned long pgoff:32" },
	{ VD_ABI_I386, "select", "struct sel_arg_struct * arg:32*" },
	{ VD_ABI_I386, "_newselect",
	  "int n:32s, fd_set * inp:32*, fd_set * outp:32*, fd_set * exp:32*, "
	  "struct __kernel_old_timeval * tvp:32*" },
	{ VD_ABI_I386, "waitpid", "pid_t pid:32s, int * stat_addr:32*, int options:32s" },
	{ VD_ABI_I386, "setuid", "old_uid_t uid:16" },
	{ VD_ABI_I386, "setuid32", "uid_t uid:32" },
	{ VD_ABI_I386, "pread64",
	  "unsigned int fd:32, char * ubuf:32*, u32 count:32, u32 poslo:32, u32 poshi:32" },
	{ VD_ABI_I386, "truncate64",
	  "const char * filename:32*, unsigned long offset_low:32, unsigned long offset_high:32" },
	{ VD_ABI_I386, "_llseek",
	  "unsigned int fd:32, unsigned long offset_high:32, unsigned long offset_low:32, "
	  "loff_t * result:32*, unsigned int whence:32" },
	{ VD_ABI_I386, "fallocate",
	  "int fd:32s, int mode:32s, unsigned int offset_lo:32, unsigned int offset_hi:32, "
	  "unsigned int len_lo:32, unsigned int len_hi:32" },
	{ VD_ABI_I386, "fanotify_mark",
	  "int fanotify_fd:32s, unsigned int flags:32, u32 mask_lo:32, u32 mask_hi:32, int "
	  "dfd:32s, "
	  "const char * pathname:32*" },
	{ VD_ABI_I386, "sigsuspend", "int unused1:32s, int unused2:32s, old_sigset_t mask:32" },
	{ VD_ABI_I386, "sigreturn", "" },
	{ VD_ABI_I386, "lseek", "unsigned int fd:32, off_t offset:32s, unsigned int whence:32" },
	{ VD_ABI_I386, "open", "const char * filename:32*, int flags:32s, umode_t mode:16" },
	{ VD_ABI_I386, "clock_gettime64",
	  "const clockid_t which_clock:32s, struct __kernel_timespec * tp:32*" },

	{ VD_ABI_X32, "openat",
	  "int dfd:32s, const char * filename:64*, int flags:32s, umode_t mode:16" },
	{ VD_ABI_X32, "ioctl", "unsigned int fd:32, unsigned int cmd:32, compat_ulong_t arg:32" },
	{ VD_ABI_X32, "preadv",
	  "unsigned long fd:64, const struct iovec * vec:64*, unsigned long vlen:64, loff_t "
	  "pos:64s" },
	{ VD_ABI_X32, "rt_sigreturn", "" },
};

static void spell(const struct vd_arg *args, int count, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (int i = 0; i < count; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s %s:%d%s%s", i ? ", " : "",
				      args[i].type, args[i].name, args[i].bits,
				      args[i].is_signed ? "s" : "", args[i].pointer ? "*" : "");
}

START_TEST(arguments)
{
	struct vd_arg args[6];
	char buf[1024];
	uint32_t nr;
	int count;

	ck_assert_int_eq(
		vd_syscall_number(calls[_i].abi, calls[_i].call, strlen(calls[_i].call), &nr), 0);
	count = vd_syscall_args(calls[_i].abi, nr, args);
	ck_assert_int_ge(count, 0);
	spell(args, count, buf, sizeof(buf));
	ck_assert_str_eq(buf, calls[_i].args);
}
END_TEST

static const struct {
	int abi;
	uint32_t nr;
} unknown[] = {
	{ VD_ABI_X86_64, 0xffffffff },
	{ VD_ABI_X86_64, 174 }, /* create_module: no kernel of today has it */
	{ VD_ABI_I386, 17 },	/* break */
	{ VD_ABI_X32, 0 },
	{ VD_ABI_X32, 0x40000000 | 59 },
	{ VD_ABI_AARCH64, 56 },
	{ VD_ABI_NONE, 0 },
	{ VD_ABI_COUNT, 0 },
};

START_TEST(no_arguments)
{
	struct vd_arg args[6] = { { .name = "untouched" } };

	ck_assert_int_eq(vd_syscall_args(unknown[_i].abi, unknown[_i].nr, args), -ENOENT);
	ck_assert_str_eq(args[0].name, "untouched");
}
END_TEST

/* What the kernel has long lost, or never had. */
static const char *const gone[] = {
	"_sysctl",
	"afs_syscall",
	"bdflush",
	"break",
	"create_module",
	"epoll_ctl_old",
	"epoll_wait_old",
	"ftime",
	"get_kernel_syms",
	"get_thread_area",
	"getpmsg",
	"gtty",
	"idle",
	"lock",
	"lookup_dcookie",
	"mpx",
	"nfsservctl",
	"prof",
	"profil",
	"putpmsg",
	"query_module",
	"security",
	"set_thread_area",
	"stty",
	"tuxcall",
	"ulimit",
	"uselib",
	"vserver",
};

static bool is_gone(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(gone); i++)
		if (strcmp(name, gone[i]) == 0)
			return true;
	return false;
}

static void check_shape(const char *call, const struct vd_arg *arg, int abi)
{
	ck_assert_msg(arg->name[0] && arg->type[0], "%s", call);
	ck_assert_msg(arg->bits == 16 || arg->bits == 32 || arg->bits == 64, "%s %s", call,
		      arg->name);
	ck_assert_msg(abi != VD_ABI_I386 || arg->bits <= 32, "%s %s", call, arg->name);
	ck_assert_msg(!strchr(arg->type, '*') || arg->pointer, "%s %s", call, arg->name);
	ck_assert_msg(!arg->pointer || !arg->is_signed, "%s %s", call, arg->name);
}

/* All calls of the three ABIs but those that are gone have arguments, by distinct names. */
START_TEST(complete)
{
	for (size_t i = 0; i < vd_abi_syscalls(_i); i++) {
		uint32_t nr = vd_abi_syscall_at(_i, i);
		const char *name = vd_syscall_name(_i, nr);
		struct vd_arg args[6];
		int count = vd_syscall_args(_i, nr, args);

		ck_assert_msg(count >= 0 || is_gone(name), "%s", name);
		for (int j = 0; j < count; j++) {
			check_shape(name, &args[j], _i);
			for (int k = 0; k < j; k++)
				ck_assert_str_ne(args[k].name, args[j].name);
		}
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, arguments, 0, COUNT_OF(calls));
	tcase_add_loop_test(tc, no_arguments, 0, COUNT_OF(unknown));
	tcase_add_loop_test(tc, complete, VD_ABI_X86_64, VD_ABI_X32 + 1);
}

int main(void)
{
	return run_suite("names/args", add);
}
