/* SPDX-License-Identifier: MIT */
#include "loader/rules/testing.h"

#define ALLOW SECCOMP_RET_ALLOW
#define KILL SECCOMP_RET_KILL_PROCESS
#define ERR(n) (SECCOMP_RET_ERRNO | (n))

static void check(const char *content, const char *call, uint32_t wanted)
{
	struct rules *rules = read_rules(content);
	struct vd_stack *stack = stack_of(rules);
	struct seccomp_data record = record_of(call);

	vd_stack_set_big_endian(stack, call_big_endian(&record));
	uint32_t machine = vd_stack_run(stack, &record).ret, reading = rules_answer(rules, &record).ret;
	if (machine != wanted || reading != wanted)
		ck_abort_msg("%s\n%s: machine 0x%08x, reading 0x%08x, wanted 0x%08x", content, call, machine,
			     reading, wanted);
	vd_stack_free(stack);
	rules_free(rules);
}

/* ------------------------------------------------------------------ */
/* Types: each condition on both sides of where it changes            */

static const struct {
	const char *abi, *condition; /* CALL: EXPRESSION */
	const char *holds[6], *fails[6];
} conditions[] = {
	/* unsigned int: what is above 32 bits is not looked at */
	{ "x86_64",
	  "read: fd == 1",
	  { "read(1)", "read(0xffffffff00000001)" },
	  { "read(0)", "read(2)", "read(0x100000000)" } },
	/* constants with a type */
	{ "x86_64", "read: fd == -u32(5)", { "read(0xfffffffb)" }, { "read(5)" } },
	{ "x86_64", "read: fd == ~u32(5)", { "read(0xfffffffa)" }, { "read(5)", "read(0xfffffffb)" } },
	{ "x86_64", "read: fd == (u32(1) | u32(2))", { "read(3)" }, { "read(1)", "read(2)" } },
	{ "x86_64", "read: fd == (u32(1) ^ u32(3))", { "read(2)" }, { "read(1)", "read(3)" } },
	/* the halves of what is made 64 bits wide from 32 with a sign */
	{ "x86_64",
	  "read: (s64(s32(arg0 & arg1)) ^ s64(arg2)) << 5 == 96",
	  { "read(0, 0, 3)", "read(0xffffffff, 0xffffffff, -4)" },
	  { "read(0xffffffff, 0xffffffff, 0xfffffffc)", "read(0, 0, 4)" } },
	{ "x86_64",
	  "read: -(s64(s32(arg0)) ^ s64(s32(arg1))) == 5",
	  { "read(-5)", "read(0, 0xfffffffb)" },
	  { "read(5)", "read(-5, -5)" } },
	{ "x86_64",
	  "read: fd == -1",
	  { "read(0xffffffff)", "read(-1)" },
	  { "read(0xfffffffe)", "read(0x7fffffff)" } },
	{ "x86_64",
	  "read: fd < 3",
	  { "read(0)", "read(2)", "read(0xffffffff00000002)" },
	  { "read(3)", "read(-1)" } },
	{ "x86_64",
	  "read: fd >= 0x80000000",
	  { "read(0x80000000)", "read(-1)" },
	  { "read(0x7fffffff)", "read(0x100000000)" } },
	{ "x86_64",
	  "read: fd > 0xfffffffe",
	  { "read(0xffffffff)" },
	  { "read(0xfffffffe)", "read(0x1fffffffe)" } },
	{ "x86_64", "read: fd <= 0", { "read(0)", "read(0x100000000)" }, { "read(1)" } },
	{ "x86_64", "read: fd", { "read(1)", "read(0x80000000)" }, { "read(0)", "read(0x100000000)" } },
	{ "x86_64", "read: !fd", { "read(0)", "read(0x100000000)" }, { "read(1)" } },
	{ "i386", "read: fd < 3", { "i386 read(2)", "i386 read(0x100000002)" }, { "i386 read(3)" } },
	/* int */
	{ "x86_64",
	  "setpriority: niceval > 0",
	  { "setpriority(0, 0, 1)", "setpriority(0, 0, 0x7fffffff)" },
	  { "setpriority(0, 0, 0)", "setpriority(0, 0, -1)", "setpriority(0, 0, 0xffffffff)",
	    "setpriority(0, 0, 0x80000000)" } },
	{ "x86_64",
	  "setpriority: niceval < 0",
	  { "setpriority(0, 0, -1)", "setpriority(0, 0, 0x80000000)", "setpriority(0, 0, 0xffffffff)" },
	  { "setpriority(0, 0, 0)", "setpriority(0, 0, 1)", "setpriority(0, 0, 0xffffffff7fffffff)" } },
	{ "x86_64",
	  "setpriority: niceval >= -20 && niceval <= 19",
	  { "setpriority(0, 0, -20)", "setpriority(0, 0, 0xffffffec)", "setpriority(0, 0, 19)",
	    "setpriority(0, 0, 0)" },
	  { "setpriority(0, 0, -21)", "setpriority(0, 0, 20)", "setpriority(0, 0, 0x80000000)" } },
	{ "x86_64",
	  "openat: dfd == AT_FDCWD",
	  { "openat(-100)", "openat(0xffffff9c)", "openat(0x1ffffff9c)" },
	  { "openat(-101)", "openat(100)" } },
	{ "x86_64",
	  "setpriority: niceval == 0xffffffff",
	  { "setpriority(0, 0, -1)" },
	  { "setpriority(0, 0, 1)" } },
	{ "x86_64",
	  "setpriority: niceval > -2147483648",
	  { "setpriority(0, 0, 0x80000001)", "setpriority(0, 0, 0)" },
	  { "setpriority(0, 0, 0x80000000)" } },
	{ "x86_64",
	  "setpriority: niceval <= 2147483647",
	  { "setpriority(0, 0, -1)", "setpriority(0, 0, 0x7fffffff)" },
	  { NULL } },
	{ "i386",
	  "setpriority: niceval < 0",
	  { "i386 setpriority(0, 0, 0xffffffff)", "i386 setpriority(0, 0, -1)" },
	  { "i386 setpriority(0, 0, 1)" } },
	/* umode_t: 16 bits */
	{ "x86_64",
	  "mkdir: mode == 0o777",
	  { "mkdir(0, 0o777)", "mkdir(0, 0x101ff)", "mkdir(0, 0xffffffffffff01ff)" },
	  { "mkdir(0, 0o776)", "mkdir(0, 0x3ff)" } },
	{ "x86_64", "mkdir: mode == -1", { "mkdir(0, 0xffff)", "mkdir(0, -1)" }, { "mkdir(0, 0x7fff)" } },
	{ "x86_64",
	  "mkdir: mode >= 0x8000",
	  { "mkdir(0, 0x8000)", "mkdir(0, 0xffff)" },
	  { "mkdir(0, 0x7fff)", "mkdir(0, 0x10000)" } },
	{ "x86_64",
	  "mkdir: mode & 0o7000",
	  { "mkdir(0, 0o4755)", "mkdir(0, 0xff800)" },
	  { "mkdir(0, 0o755)", "mkdir(0, 0x10000)" } },
	{ "x86_64",
	  "mkdir: mode",
	  { "mkdir(0, 1)", "mkdir(0, 0x8000)" },
	  { "mkdir(0, 0)", "mkdir(0, 0x10000)" } },
	{ "i386", "mkdir: mode == 0o777", { "i386 mkdir(0, 0x101ff)" }, { "i386 mkdir(0, 0o776)" } },
	{ "x86_64", "mkdir: ~mode == 0xfffe", { "mkdir(0, 1)", "mkdir(0, 0x10001)" }, { "mkdir(0, 0)" } },
	{ "x86_64", "mkdir: -mode == 1", { "mkdir(0, 0xffff)" }, { "mkdir(0, 1)" } },
	{ "x86_64",
	  "mkdir: (mode << 4) == 0xfff0",
	  { "mkdir(0, 0xfff)", "mkdir(0, 0xffff)" },
	  { "mkdir(0, 0xffe)" } },
	{ "x86_64",
	  "mkdir: (mode >> 15) == 1",
	  { "mkdir(0, 0x8000)" },
	  { "mkdir(0, 0x7fff)", "mkdir(0, 0x10000)" } },
	/* long and size_t: the word of the ABI */
	{ "x86_64",
	  "read: count == 0x100000000",
	  { "read(0, 0, 0x100000000)" },
	  { "read(0, 0, 0)", "read(0, 0, 0x200000000)", "read(0, 0, 0x100000001)" } },
	{ "x86_64",
	  "read: count > 0x1ffffffff",
	  { "read(0, 0, 0x200000000)", "read(0, 0, -1)" },
	  { "read(0, 0, 0x1ffffffff)", "read(0, 0, 0xffffffff)" } },
	{ "x86_64",
	  "read: count >= 0x100000001",
	  { "read(0, 0, 0x100000001)", "read(0, 0, 0x200000000)" },
	  { "read(0, 0, 0x100000000)", "read(0, 0, 0xffffffff)" } },
	{ "x86_64",
	  "read: count < 0x100000000",
	  { "read(0, 0, 0xffffffff)", "read()" },
	  { "read(0, 0, 0x100000000)", "read(0, 0, -1)" } },
	{ "x86_64",
	  "read: count <= 0xffffffff00000000",
	  { "read(0, 0, 0xffffffff00000000)", "read(0, 0, 0xfffffffeffffffff)" },
	  { "read(0, 0, 0xffffffff00000001)" } },
	{ "x86_64",
	  "read: count != 0x8000000080000000",
	  { "read(0, 0, 0x80000000)", "read(0, 0, 0x8000000000000000)" },
	  { "read(0, 0, 0x8000000080000000)" } },
	{ "i386",
	  "read: count == 0",
	  { "i386 read()", "i386 read(0, 0, 0x100000000)" },
	  { "i386 read(0, 0, 1)" } },
	{ "i386",
	  "read: count > 0x7fffffff",
	  { "i386 read(0, 0, 0x80000000)", "i386 read(0, 0, 0x180000000)" },
	  { "i386 read(0, 0, 0x7fffffff)", "i386 read(0, 0, 0x100000000)" } },
	{ "x86_64",
	  "lseek: offset < 0",
	  { "lseek(0, -1)", "lseek(0, 0x8000000000000000)" },
	  { "lseek(0, 0)", "lseek(0, 0xffffffff)", "lseek(0, 0x7fffffffffffffff)" } },
	{ "x86_64",
	  "lseek: offset >= 0",
	  { "lseek(0, 0)", "lseek(0, 0x80000000)", "lseek(0, 0x7fffffffffffffff)" },
	  { "lseek(0, -1)", "lseek(0, 0x8000000000000000)" } },
	{ "x86_64",
	  "lseek: offset > -4294967297",
	  { "lseek(0, 0xffffffff00000000)", "lseek(0, 0)", "lseek(0, -1)" },
	  { "lseek(0, 0xfffffffeffffffff)", "lseek(0, 0x8000000000000000)" } },
	{ "x86_64",
	  "lseek: offset <= -4294967296",
	  { "lseek(0, 0xffffffff00000000)", "lseek(0, 0x8000000000000000)" },
	  { "lseek(0, 0xffffffff00000001)", "lseek(0, 0)" } },
	{ "i386",
	  "lseek: offset < 0",
	  { "i386 lseek(0, 0x80000000)", "i386 lseek(0, 0xffffffff)" },
	  { "i386 lseek(0, 0)", "i386 lseek(0, 0xffffffff00000000)" } },
	{ "i386",
	  "lseek: offset == -1",
	  { "i386 lseek(0, 0xffffffff)", "i386 lseek(0, -1)" },
	  { "i386 lseek(0, 0x7fffffff)" } },
	/* pointers */
	{ "x86_64", "read: buf == 0", { "read(1, 0)" }, { "read(1, 1)", "read(1, 0x100000000)" } },
	{ "x86_64", "read: buf", { "read(0, 0x100000000)", "read(0, 1)" }, { "read(7, 0)" } },
	{ "i386",
	  "read: buf == 0",
	  { "i386 read(1, 0)", "i386 read(1, 0x100000000)" },
	  { "i386 read(1, 1)" } },
	{ "x86_64",
	  "read: buf >= 0x7fffffffffff",
	  { "read(0, 0x7fffffffffff)", "read(0, -1)" },
	  { "read(0, 0x7ffffffffffe)" } },
	/* registers as they are, and their halves */
	{ "x86_64", "ioctl: arg1 == 0x5412", { "ioctl(0, 0x5412)" }, { "ioctl(0, 0x100005412)" } },
	{ "x86_64",
	  "ioctl: cmd == TIOCSTI",
	  { "ioctl(0, 0x5412)", "ioctl(0, 0x100005412)", "ioctl(0, 0xffffffff00005412)" },
	  { "ioctl(0, 0x5413)" } },
	{ "i386", "read: arg0 == 1", { "i386 read(1)" }, { "i386 read(0x100000001)" } },
	{ "x86_64",
	  "read: arg0.hi == 1",
	  { "read(0x100000000)", "read(0x1ffffffff)" },
	  { "read(1)", "read(0x200000000)" } },
	{ "x86_64", "read: arg0.lo == 1", { "read(1)", "read(0x100000001)" }, { "read(0x100000000)" } },
	{ "x86_64",
	  "read: arg5 == 6 || ip == 0x400000000000",
	  { "read(0, 0, 0, 0, 0, 6)", "read() @0x400000000000" },
	  { "read()", "read() @0x40000000" } },
	{ "x86_64", "read: ip.hi == 0x7fff", { "read() @0x7fff00000001" }, { "read() @0x7fff" } },
	{ "x86_64", "read: arg0 == -1", { "read(-1)" }, { "read(0xffffffff)" } },
	{ "x86_64", "read: nr == 0 && arch == AUDIT_ARCH_X86_64", { "read()" }, { NULL } },
	{ "x32", "read: nr == 0x40000000 && nr > 0", { "x32 read()" }, { NULL } },
	{ "s390x",
	  "read: arg0 > 0x100000000",
	  { "s390x read(0x100000001)", "s390x read(0x200000000)" },
	  { "s390x read(0x100000000)", "s390x read(1)" } },
	{ "s390x", "read: arg0.hi == 1", { "s390x read(0x100000000)" }, { "s390x read(1)" } },
	/* widening, casts, arithmetic */
	{ "x86_64",
	  "read: u64(fd) == count",
	  { "read(5, 0, 5)", "read(0x100000005, 0, 5)" },
	  { "read(5, 0, 0x100000005)" } },
	{ "x86_64",
	  "read: fd < count",
	  { "read(1, 0, 2)", "read(-1, 0, 0x100000000)" },
	  { "read(2, 0, 2)", "read(-1, 0, 0xffffffff)" } },
	{ "x86_64",
	  "lseek: s64(s32(fd)) == offset",
	  { "lseek(-1, -1)", "lseek(0xffffffff, -1)", "lseek(3, 3)" },
	  { "lseek(-1, 0xffffffff)" } },
	{ "x86_64",
	  "setpriority: s64(niceval) < -1",
	  { "setpriority(0, 0, 0x80000000)", "setpriority(0, 0, 0xfffffffe)" },
	  { "setpriority(0, 0, -1)", "setpriority(0, 0, 0)" } },
	{ "x86_64",
	  "setpriority: (niceval >> 31) == -1",
	  { "setpriority(0, 0, 0x80000000)" },
	  { "setpriority(0, 0, 0x7fffffff)" } },
	{ "x86_64", "read: (fd >> 31) == 1", { "read(0x80000000)" }, { "read(0x7fffffff)" } },
	{ "x86_64",
	  "read: (arg0 >> 4) == 0x1fffffff0",
	  { "read(0x1fffffff00)", "read(0x1fffffff0f)" },
	  { "read(0x1fffffff10)", "read(0xffffff00)" } },
	{ "x86_64",
	  "read: (arg0 << 4) == 0x100000000",
	  { "read(0x10000000)", "read(0xf000000010000000)" },
	  { "read(0x10000001)" } },
	{ "x86_64", "read: (arg0 >> 32) == 5", { "read(0x500000000)", "read(0x5ffffffff)" }, { "read(5)" } },
	{ "x86_64",
	  "read: (arg0 << 32) == 0x500000000",
	  { "read(5)", "read(0xff00000005)" },
	  { "read(0x500000000)" } },
	{ "x86_64", "read: -arg0 == 0xffffffff00000000", { "read(0x100000000)" }, { "read(0)", "read(1)" } },
	{ "x86_64", "read: ~arg0 == 0xffffffff", { "read(0xffffffff00000000)" }, { "read(0)" } },
	{ "x86_64",
	  "lseek: (offset >> 40) == -1",
	  { "lseek(0, -1)", "lseek(0, 0xffffff0000000000)" },
	  { "lseek(0, 0xfffffeffffffffff)", "lseek(0, 0)" } },
	{ "x86_64",
	  "read: (arg0 & 0x100000001) == 0x100000000",
	  { "read(0x100000000)", "read(0xfffffffffffffffe)" },
	  { "read(0x100000001)", "read(0)" } },
	{ "x86_64", "read: arg0 & 0x8000000000000000", { "read(-1)" }, { "read(0x7fffffffffffffff)" } },
	{ "x86_64",
	  "openat: (flags & O_ACCMODE) == O_RDONLY && !(flags & (O_CREAT | O_DIRECTORY))",
	  { "openat(0, 0, 0)", "openat(0, 0, 0x80000)", "openat(0, 0, 0x100000000)" },
	  { "openat(0, 0, O_RDWR)", "openat(0, 0, O_CREAT)", "openat(0, 0, O_WRONLY|O_CREAT)" } },
	{ "x86_64", "read: 3 > fd", { "read(2)" }, { "read(3)" } },
	{ "x86_64", "read: 1 == 1 && (1 << 4) == 16 && fd", { "read(1)" }, { "read(0)" } },
	{ "x86_64", "read: fd == 5 || 2 < 1", { "read(5)" }, { "read(4)" } },
};

START_TEST(condition_on_both_sides)
{
	char content[512];

	snprintf(content, sizeof(content), "arch: %s\ndefault: ERRNO(7)\n%s -> ALLOW, else ERRNO(9)\n",
		 conditions[_i].abi, conditions[_i].condition);
	for (int i = 0; i < 6 && conditions[_i].holds[i]; i++)
		check(content, conditions[_i].holds[i], ALLOW);
	for (int i = 0; i < 6 && conditions[_i].fails[i]; i++)
		check(content, conditions[_i].fails[i], ERR(9));
}
END_TEST

/* ------------------------------------------------------------------ */
/* Lines                                                              */

static const struct {
	const char *rules, *call;
	uint32_t ret;
} lines[] = {
	/* a file without anything, and the default */
	{ "", "read()", KILL },
	{ "# nothing\n\n", "read()", KILL },
	{ "default: ERRNO(EPERM)\n", "read()", ERR(1) },
	{ "read: 1", "read()", ALLOW },
	{ "read: 1\r\nwrite: 1\r\n", "write()", ALLOW },
	{ "sys_read: 1\n", "read()", ALLOW },
	{ "x86_64.0: 1\n", "read()", ALLOW },
	{ "0: fd == 1\n", "read(1)", ALLOW },
	{ "0x0, 1 : 1 # both\n", "write()", ALLOW },
	{ "read, write, close: fd == 1\n", "close(1)", ALLOW },
	{ "read, write, close: fd == 1\n", "close(2)", KILL },
	/* the end of the file's ABIs */
	{ "default: ALLOW\n", "i386 read()", KILL },
	{ "default: ALLOW\n", "x32 read()", KILL },
	{ "default: ALLOW\n", "x32 0x3fffffff()", KILL },
	{ "default: ALLOW\n", "0xdeadbeef 0()", KILL },
	{ "default: ALLOW\n", "x86_64 -1()", ALLOW },
	{ "default: ALLOW\n", "x86_64 0x80000000()", ALLOW },
	{ "default: ALLOW\n", "x86_64 0x3fffffff()", ALLOW },
	{ "default: ALLOW\n", "x86_64 0xc0000000()", ALLOW },
	{ "arch: x32\ndefault: ALLOW\n", "x86_64 read()", KILL },
	{ "arch: x32\ndefault: ALLOW\n", "x86_64 -1()", KILL },
	{ "arch: x32\ndefault: ALLOW\nread: 1 -> ERRNO(2)\n", "x32 read()", ERR(2) },
	{ "arch: x32\n0: 1\n", "x32 read()", ALLOW },
	{ "arch: x32\n0x40000000: 1\n", "x32 read()", ALLOW },
	{ "arch: x86_64, x32\nread: 1\n", "x32 read()", ALLOW },
	{ "arch: x86_64, x32\nx32.read: 1\n", "read()", KILL },
	{ "arch: x86_64, i386\nsocketcall?: 1\n", "i386 socketcall()", ALLOW },
	{ "arch: x86_64, i386\nsocketcall?: 1\n", "x86_64 102()", KILL },
	{ "arch: x86_64, i386\ni386.socketcall: call == SYS_SOCKET\n", "i386 socketcall(1)", ALLOW },
	{ "arch: x86_64, i386\nopen: 1\n", "i386 open()", ALLOW },
	{ "umount?: 1\n", "read()", KILL },
	{ "arch: aarch64, s390x, mips64\nread: 1\n", "mips64 read()", ALLOW },
	/* what false gives */
	{ "read: fd == 0\n", "read(1)", KILL },
	{ "default: ERRNO(5)\nread: fd == 0\n", "read(1)", ERR(5) },
	{ "default: ERRNO(5)\nread: fd == 0 -> LOG\n", "read(1)", ERR(5) },
	{ "default: ERRNO(5)\nread: fd == 0 -> LOG\n", "read(0)", SECCOMP_RET_LOG },
	{ "default: ERRNO(5)\nread: fd == 0 -> TRAP\n", "read(1)", ERR(5) },
	{ "default: ALLOW\nread: fd == 0 -> TRAP\n", "read(1)", ALLOW },
	{ "default: ALLOW\nread: fd == 0 -> TRAP\n", "read(0)", SECCOMP_RET_TRAP },
	{ "default: ALLOW\nread: fd == 0 -> ALLOW, else ERRNO(ENOTTY)\n", "read(1)", ERR(25) },
	{ "read: fd == 0 -> ERRNO(0), else TRACE(7)\n", "read(1)", SECCOMP_RET_TRACE | 7 },
	{ "read: fd == 0 -> 0x00050003\n", "read(0)", ERR(3) },
	{ "read: fd == 0 -> SCMP_ACT_NOTIFY\n", "read(0)", SECCOMP_RET_USER_NOTIF },
	/* several lines: the strongest, of equals the later */
	{ "default: ALLOW\nread: fd == 0 -> ERRNO(1)\nread: count == 0 -> ERRNO(2)\n", "read(0)", ERR(2) },
	{ "default: ALLOW\nread: fd == 0 -> ERRNO(1)\nread: count == 0 -> ERRNO(2)\n", "read(0, 0, 1)",
	  ERR(1) },
	{ "default: ALLOW\nread: fd == 0 -> TRAP\nread: count == 0 -> ERRNO(2)\n", "read(0)",
	  SECCOMP_RET_TRAP },
	{ "default: ALLOW\nread: fd == 0 -> TRAP\nread: count == 0 -> KILL_THREAD\n", "read(0)",
	  SECCOMP_RET_KILL_THREAD },
	{ "default: ALLOW\nread: fd == 0 -> KILL_THREAD\nread: count == 0 -> KILL_PROCESS\n", "read(0)",
	  KILL },
	{ "read: fd == 0\nread: fd == 1\n", "read(0)", KILL },
	{ "read: fd == 0 -> ALLOW\nread: count == 1 -> ALLOW\n", "read(0, 0, 1)", ALLOW },
	{ "default: TRAP\nread: fd == 0 -> ERRNO(1)\nread: count == 1 -> LOG, else ERRNO(2)\n",
	  "read(0, 0, 1)", ERR(1) },
	{ "default: TRAP\nread: fd == 0 -> ERRNO(1)\nread: count == 1 -> LOG, else ERRNO(2)\n",
	  "read(1, 0, 1)", SECCOMP_RET_LOG },
	/* a condition that is always true is a line like others; the literal erases */
	{ "read: fd == 0 -> ERRNO(1), else ERRNO(2)\nread: 2 -> ALLOW\n", "read(0)", ERR(1) },
	{ "read: fd == 0 -> ERRNO(1), else ERRNO(2)\nread: 1\n", "read(0)", ALLOW },
	{ "read: 1\nread: fd == 0\n", "read(1)", KILL },
	{ "read: 1\nread: 0\n", "read(1)", KILL },
	{ "read: 1\nread: 0\nread: fd == 1\n", "read(1)", KILL },
	{ "read: 0\nread: 1\n", "read(1)", ALLOW },
	{ "read: 0\nread: 1\nread: fd == 3 -> ERRNO(1)\n", "read(3)", ERR(1) },
	{ "default: ERRNO(5)\nread: 0\n", "read()", ERR(5) },
	{ "default: ALLOW\nread: 0 -> ERRNO(3)\n", "read()", ERR(3) },
	{ "default: ALLOW\nread: 1 -> ERRNO(3)\n", "read()", ERR(3) },
	{ "default: ERRNO(5)\nread: 0 -> ALLOW, else ERRNO(6)\n", "read()", ERR(6) },
	{ "arch: x86_64, i386\nread: 0\ni386.read: 1\n", "read()", KILL },
	{ "arch: x86_64, i386\nread: 0\ni386.read: 1\n", "i386 read()", ALLOW },
	/* ranges of numbers: both ends, x86_64's around x32's */
	{ "470..600: 1 -> ERRNO(1)\n", "x86_64 469()", KILL },
	{ "470..600: 1 -> ERRNO(1)\n", "x86_64 470()", ERR(1) },
	{ "470..600: 1 -> ERRNO(1)\n", "x86_64 600()", ERR(1) },
	{ "470..600: 1 -> ERRNO(1)\n", "x86_64 601()", KILL },
	{ "470..600: 1 -> ERRNO(1)\n", "i386 500()", KILL },
	{ "7..7: 1 -> ERRNO(1)\n", "poll()", ERR(1) },
	{ "470..: 1 -> ERRNO(1)\n", "x86_64 -1()", ERR(1) },
	{ "470..: 1 -> ERRNO(1)\n", "x86_64 0x3fffffff()", ERR(1) },
	{ "470..: 1 -> ERRNO(1)\n", "x32 500()", KILL },
	{ "arch: x32\n470..: 1 -> ERRNO(1)\n", "x32 0x3fffffff()", ERR(1) },
	{ "arch: x32\n470..: 1 -> ERRNO(1)\n", "x32 469()", KILL },
	{ "arch: x32\n470..: 1 -> ERRNO(1)\n", "x86_64 470()", KILL },
	{ "arch: x86_64, i386\ni386.0..: 1 -> ERRNO(1)\n", "i386 -1()", ERR(1) },
	{ "arch: x86_64, i386\ni386.0..: 1 -> ERRNO(1)\n", "x86_64 5()", KILL },
	{ "0..: arg1 == 7\n", "read(0, 7)", ALLOW },
	{ "0..: nr & 1 -> ERRNO(3), else ERRNO(4)\n", "x86_64 7()", ERR(3) },
	{ "0..: nr & 1 -> ERRNO(3), else ERRNO(4)\n", "x86_64 8()", ERR(4) },
	/* lines that overlap: as of one call's lines */
	{ "0..10: 1\n5..7: 1 -> ERRNO(1)\n", "x86_64 4()", ALLOW },
	{ "0..10: 1\n5..7: 1 -> ERRNO(1)\n", "x86_64 5()", ERR(1) },
	{ "0..10: 1\n5..7: 1 -> ERRNO(1)\n", "x86_64 8()", ALLOW },
	{ "5..7: 1 -> ERRNO(1)\n0..10: 1\n", "x86_64 6()", ALLOW },
	{ "0..10: 1\nread: 0\n", "read()", KILL },
	{ "0..10: 1\nread: 0\n", "write()", ALLOW },
	{ "read: 0\n0..10: 1\n", "read()", ALLOW },
	{ "0..10: arg0 == 1 -> ERRNO(1), else ALLOW\nread: fd == 1 -> TRAP\n", "read(1)", SECCOMP_RET_TRAP },
	{ "0..10: arg0 == 1 -> ERRNO(1), else ALLOW\nread: fd == 2 -> TRAP\n", "read(1)", ERR(1) },
	/* what the file is not about */
	{ "read: 1\nothers: 1 -> ERRNO(1)\n", "i386 read()", ERR(1) },
	{ "read: 1\nothers: 1 -> ERRNO(1)\n", "x32 read()", ERR(1) },
	{ "read: 1\nothers: 1 -> ERRNO(1)\n", "0xdeadbeef 0()", ERR(1) },
	{ "read: 1\nothers: 1 -> ERRNO(1)\n", "read()", ALLOW },
	{ "read: 1\nothers: 1 -> ERRNO(1)\n", "write()", KILL },
	{ "default: ERRNO(9)\nothers: arch == 7\n", "0x7 0()", ALLOW },
	{ "default: ERRNO(9)\nothers: arch == 7\n", "0x8 0()", KILL },
	{ "default: ALLOW\nothers: arg1.hi == 5 -> ALLOW, else ERRNO(1)\n", "s390x read(0, 0x500000000)",
	  ALLOW },
	{ "default: ALLOW\nothers: arg1.hi == 5 -> ALLOW, else ERRNO(1)\n", "s390x read(0, 5)", ERR(1) },
	{ "default: ALLOW\nothers: arg1.hi == 5 -> ALLOW, else ERRNO(1)\n", "aarch64 read(0, 0x500000000)",
	  ALLOW },
	{ "default: ALLOW\nothers: arg1.hi == 5 -> ALLOW, else ERRNO(1)\n", "aarch64 read(0, 5)", ERR(1) },
	{ "default: ALLOW\nenable\nothers: nr == 3 -> ERRNO(1)\n", "i386 3()", KILL },
	{ "others: 1\nenable\nothers: nr == 3 -> ERRNO(1)\n", "i386 3()", ERR(1) },
	{ "others: 1\nenable\nothers: nr == 3 -> ERRNO(1)\n", "i386 4()", ALLOW },
	/* further filters */
	{ "read: 1\nenable\n", "read()", ALLOW },
	{ "read: 1\nenable\nread: fd == 0\n", "read(0)", ALLOW },
	{ "read: 1\nenable\nread: fd == 0\n", "read(1)", KILL },
	{ "default: ERRNO(5)\nread: 1\nenable\nread: fd == 0\n", "read(1)", ERR(5) },
	{ "read: 1\nenable\nread: 0\nwrite: 1\n", "write()", KILL },
	{ "read: 1\nenable\nread: 0\nenable\nread: 1\n", "read()", KILL },
	{ "default: ERRNO(1)\nenable\nread: 1 -> ERRNO(2)\n", "read()", ERR(2) },
	{ "default: ALLOW\nenable\nread: 1 -> ERRNO(2)\n", "i386 read()", KILL },
};

START_TEST(lines_give)
{
	check(lines[_i].rules, lines[_i].call, lines[_i].ret);
}
END_TEST

/* ------------------------------------------------------------------ */

/* Texts with bytes changed, cut and doubled: read or refused, never more. */
START_TEST(mutations_are_survived)
{
	static const char content[] =
		"arch: x86_64, i386\ndefault: ERRNO(EPERM)\nsys_read, x86_64.1: fd == 0 || (count & ~7)\n"
		"openat: (flags & O_ACCMODE) == O_RDONLY -> ALLOW, else TRAP # why\n"
		"umount?: 1\nenable\nlseek: s64(offset >> 3) < -0x12 && !(arg2.lo ^ nr)\nread: 0\n";
	static const char bytes[] = "():,.?!&|^~-<>=# \n\t0x9_a\x80\xff";
	struct vd_random random = { 20110501 };
	char copy[2 * sizeof(content)];

	for (int i = 0; i < 20000; i++) {
		size_t len = sizeof(content) - 1;
		struct rules *rules;
		struct diags diags;
		struct text text;
		memcpy(copy, content, len);
		mutate(copy, &len, bytes, &random);
		ck_assert_int_eq(text_from("mutation", copy, len, &text), 0);
		diags_init(&diags);
		if (rules_read(&text, &diags, &rules) == 0) {
			vd_stack_free(stack_of(rules));
			rules_free(rules);
		} else {
			ck_assert_uint_gt(diags.errors, 0);
		}
		diags_done(&diags);
		text_done(&text);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, condition_on_both_sides, 0, COUNT_OF(conditions));
	tcase_add_loop_test(tc, lines_give, 0, COUNT_OF(lines));
	tcase_add_test(tc, mutations_are_survived);
}

int main(void)
{
	return run_suite("rules", add);
}
