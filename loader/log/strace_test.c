/* SPDX-License-Identifier: MIT */
#include "loader/call.h"
#include "loader/log/strace.h"
#include "loader/testing.h"

#define X86_64 VD_ABI_X86_64
#define I386 VD_ABI_I386
#define X32 VD_ABI_X32

/* ------------------------------------------------------------ the values -- */

static const struct {
	const char *text;
	bool known;
	uint64_t value;
	bool negative;
} values[] = {
	{ "0", true, 0, false },
	{ "10", true, 10, false },
	{ "0x10", true, 16, false },
	{ "0644", true, 0644, false },
	{ "08", false, 0, false },
	{ "-1", true, ~0ull, true },
	{ "-0x10", true, -16ull, true },
	{ "18446744073709551615", true, ~0ull, false },
	{ "18446744073709551616", false, 0, false },
	{ "0xffffffffffffffff", true, ~0ull, false },
	{ "0x10000000000000000", false, 0, false },
	{ "-9223372036854775808", true, 1ull << 63, true },
	{ "-9223372036854775809", false, 0, false },
	{ "", false, 0, false },
	{ "-", false, 0, false },
	{ "0x", false, 0, false },
	{ "NULL", true, 0, false },
	{ "AT_FDCWD", true, -100ull, true },
	{ "AT_FDCWD</tmp/a|b>", true, -100ull, true },
	{ "3</etc/passwd>", true, 3, false },
	{ "3<TCP:[127.0.0.1:1->127.0.0.1:2]>", true, 3, false },
	{ "0</dev/pts/0<char 136:0>>", true, 0, false },
	{ "O_RDONLY|O_CLOEXEC", true, 0x80000, false },
	{ " O_RDWR | O_CREAT ", true, 0x42, false },
	{ "O_RDONLY|O_NOSUCH", false, 0, false },
	{ "O_RDONLY|", false, 0, false },
	{ "|O_RDONLY", false, 0, false },
	{ "S_IFREG|0644", true, 0100644, false },
	{ "SIGTERM", true, 15, false },
	{ "SNDCTL_NOSUCH or TCGETS", false, 0, false },
	{ "TCGETS or SNDCTL_NOSUCH", true, 0x5401, false },
	{ "0x7ffd0b0f1578 /* 37 vars */", true, 0x7ffd0b0f1578, false },
	{ "0x400 /* FLAG_??? */", true, 0x400, false },
	{ "_IOC(_IOC_READ, 0x54, 0x30, 0x4)", true, 0x80045430, false },
	{ "_IOC(_IOC_READ|_IOC_WRITE, 0x54, 0x30, 0x3fff)", true, 0xffff5430, false },
	{ "_IOC(_IOC_READ|_IOC_WRITE, 0x54, 0x30, 0x4000)", false, 0, false },
	{ "_IOC(_IOC_NONE, 0x54, 0x100, 0)", false, 0, false },
	{ "_IOC(_IOC_NONE, 0x54, 0x10)", false, 0, false },
	{ "_IOC(_IOC_NO, 0x54, 0x10, 0)", false, 0, false },
	{ "_IOC()", false, 0, false },
	{ "\"text\"", false, 0, false },
	{ "{st_mode=0}", false, 0, false },
	{ "[1, 2]", false, 0, false },
	{ "~[KILL]", false, 0, false },
	{ "8*ORIG_RAX", false, 0, false },
	{ "makedev(0x1, 0x3)", false, 0, false },
	{ "st_mode=0", false, 0, false },
};

START_TEST(one_value)
{
	uint64_t value = 42;
	bool negative = true;
	bool known = strace_value(values[_i].text, strlen(values[_i].text), &value, &negative);

	ck_assert_msg(known == values[_i].known, "%s", values[_i].text);
	ck_assert_uint_eq(value, known ? values[_i].value : 42);
	if (known)
		ck_assert_int_eq(negative, values[_i].negative);
}
END_TEST

/* ------------------------------------------------------------- the lines -- */

#define A(i) (3u << (4 + 2 * (i)))
#define HI(i) (2u << (4 + 2 * (i)))
#define IP 0xcu
#define REST(i) (0xffffu & ~((1u << (4 + 2 * (i))) - 1))

/* Whole calls: how they are written, and which words stay open. */
static const struct {
	const char *line;
	int mode;
	const char *call;
	unsigned open;
} calls[] = {
	{ "getpid() = 7", X86_64, "x86_64 getpid()", IP | REST(0) },
	{ "close(3)                          = 0", X86_64, "x86_64 close(3)", IP | REST(1) },
	{ "902   close(3) = 0", X86_64, "x86_64 close(3)", IP | REST(1) },
	{ "[pid   902] close(3) = 0", X86_64, "x86_64 close(3)", IP | REST(1) },
	{ "[pid 902<a b>] 12:00:01 close(3) = 0", X86_64, "x86_64 close(3)", IP | REST(1) },
	{ "902 1690000000.123456 close(3) = 0 <0.000011>", X86_64, "x86_64 close(3)", IP | REST(1) },
	{ "     0.000123 close(3) = 0", X86_64, "x86_64 close(3)", IP | REST(1) },
	{ "12:00:01 (+     0.000123) close(3) = 0", X86_64, "x86_64 close(3)", IP | REST(1) },
	{ "[00007f8f259fda07] close(3) = 0", X86_64, "x86_64 close(3) @0x7f8f259fda07", REST(1) },
	{ "[????????????????] close(3) = 0", X86_64, "x86_64 close(3)", IP | REST(1) },
	{ "935 04:31:16.74 [   3] [00007f8f259fda07] close(3</etc/a,b)>) = 0", X86_64,
	  "x86_64 close(3) @0x7f8f259fda07", REST(1) },
	{ "openat(AT_FDCWD, \"/etc/x\", O_RDONLY|O_CLOEXEC) = 3", X86_64,
	  "x86_64 openat(0xffffff9c, 0, 0x80000)", IP | HI(0) | A(1) | REST(3) },
	{ "openat(0xffffff9c, 0x7f00, 0x80000, 0) = 3", X86_64, "x86_64 openat(0xffffff9c, 0x7f00, 0x80000)",
	  IP | REST(4) },
	{ "write(1, \"a)\\\",b\\\\\", 6) = 6", X86_64, "x86_64 write(1, 0, 6)", IP | A(1) | REST(3) },
	{ "wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], WNOHANG, NULL) = 904", X86_64,
	  "x86_64 wait4(0xffffffff, 0, 1)", IP | HI(0) | A(1) | REST(4) },
	{ "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f", X86_64,
	  "x86_64 mmap(0, 0x2000, 3, 34, 0xffffffff)", IP | HI(4) },
	{ "ioctl(0, TCGETS, {c_iflag=ICRNL, ...}) = 0", X86_64, "x86_64 ioctl(0, 0x5401)",
	  IP | A(2) | REST(3) },
	{ "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, "
	  "child_tidptr=0x7f10) = 7",
	  X86_64, "x86_64 clone(0x1200011, 0, 0, 0x7f10)", IP | A(2) | REST(4) },
	{ "clone(child_stack=NULL, flags=SIGCHLD, child_tidptr=0x10) = 7", I386,
	  "i386 clone(17, 0, 0, 0, 16)", IP | A(2) | A(3) | REST(5) },
	{ "clone3({flags=CLONE_VM, exit_signal=0} => {parent_tid=[7]}, 88) = 7", X86_64,
	  "x86_64 clone3(0, 88)", IP | A(0) | REST(2) },
	{ "exit_group(0) = ?", X86_64, "x86_64 exit_group()", IP | REST(1) },
	{ "exit_group(0 <unfinished ...>) = ?", X86_64, "x86_64 exit_group()", IP | REST(1) },
	{ "restart_syscall(<... resuming interrupted read ...>) = 0", X86_64, "x86_64 restart_syscall()",
	  IP | REST(0) },
	{ "rt_sigreturn({mask=[]}) = 0", X86_64, "x86_64 rt_sigreturn()", IP | REST(0) },
	{ "futex(0x7f00, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, FUTEX_BITSET_MATCH_ANY) = 0", X86_64,
	  "x86_64 futex(0x7f00, 137)", IP | REST(3) },
	{ "syscall_0x258(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 ENOSYS (Function not implemented)", X86_64,
	  "x86_64 600(1, 2, 3, 4, 5, 6)", IP },
	{ "preadv2(3, [{iov_base=\"\", iov_len=1}], 1, 0, RWF_NOWAIT) = 0", X86_64, "x86_64 preadv2(3, 0, 1)",
	  IP | A(1) | REST(4) },
	/* 32 bits */
	{ "openat(AT_FDCWD, \"/etc/x\", O_RDONLY) = 3", I386, "i386 openat(0xffffff9c)",
	  IP | A(1) | REST(3) },
	{ "[f7f2b579] close(3) = 0", I386, "i386 close(3) @0xf7f2b579", REST(1) },
	{ "pread64(3, \"\", 784, 64) = 784", I386, "i386 pread64(3, 0, 784)", IP | A(1) | REST(3) },
	{ "mmap2(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0x1000) = 0xf7", I386,
	  "i386 mmap2(0, 0x1000, 1, 2, 3)", IP | A(5) },
	{ "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0) = 0xf7", I386, "i386 mmap()", IP | REST(0) },
	/* numbers decide */
	{ "[   6] close(3) = 0", X86_64, "i386 close(3)", IP | REST(1) },
	{ "[   3] close(3) = 0", I386, "x86_64 close(3)", IP | REST(1) },
	{ "[   3] close(3) = 0", X32, "x32 close(3)", IP | REST(1) },
	{ "[ 102] socket(AF_UNIX, SOCK_STREAM, 0) = 3", I386, "i386 socketcall()", IP | REST(0) },
	{ "[ 600] syscall_0x258(0) = -1", X86_64, "x86_64 600()", IP | REST(1) },
	{ "close(3) = 0", X32, "x32 close(3)", IP | REST(1) },
};

START_TEST(whole_call)
{
	struct strace_line line;
	struct log_call call;
	struct log_fault fault;
	char text[CALL_TEXT_MAX];

	strace_line_parse(calls[_i].line, strlen(calls[_i].line), &line);
	ck_assert_msg(line.kind == STRACE_CALL, "%s: %d %s", calls[_i].line, line.kind, line.fault.why);
	ck_assert(strace_call(&line, calls[_i].mode, &call, &fault));
	call_format(&call.data, text, sizeof(text));
	ck_assert_str_eq(text, calls[_i].call);
	ck_assert_msg(call.open == calls[_i].open, "%s: open %#x, not %#x", calls[_i].line, call.open,
		      calls[_i].open);
}
END_TEST

/* Everything else. why: of malformed ones, with the byte. */
static const struct {
	const char *line;
	enum strace_kind kind;
	const char *why;
	size_t at;
} others[] = {
	{ "", STRACE_NOTHING, NULL, 0 },
	{ "   ", STRACE_NOTHING, NULL, 0 },
	{ "7 --- SIGCHLD {si_signo=SIGCHLD} ---", STRACE_NOTHING, NULL, 0 },
	{ "--- stopped by SIGSTOP ---", STRACE_NOTHING, NULL, 0 },
	{ "[pid 7] +++ exited with 0 +++", STRACE_GONE, NULL, 0 },
	{ "7 [????????????????] +++ killed by SIGTERM +++", STRACE_GONE, NULL, 0 },
	{ "strace: Process 946 attached", STRACE_NOTHING, NULL, 0 },
	{ "strace: [ Process PID=946 runs in 32 bit mode. ]", STRACE_MODE, NULL, 0 },
	{ "[ Process PID=946 runs in x32 mode. ]", STRACE_MODE, NULL, 0 },
	{ " > /lib/x86_64-linux-gnu/libc.so.6(read+0x1) [0x1]", STRACE_NOTHING, NULL, 0 },
	{ "7 read(3,  <unfinished ...>", STRACE_BEGUN, NULL, 0 },
	{ "7 read(3,  <detached ...>", STRACE_BEGUN, NULL, 0 },
	{ "7 <... read resumed>\"\", 10) = 0", STRACE_RESUMED, NULL, 0 },
	{ "7 <... read resumed> <unfinished ...>) = ?", STRACE_RESUMED, NULL, 0 },
	{ "7 <... read", STRACE_MALFORMED, "this is no resumed call", 2 },
	{ "7 \?\?\?( <unfinished ...>", STRACE_MALFORMED, "strace did not see which call this is", 2 },
	{ "read(3, \"", STRACE_MALFORMED, "the call's ')' is missing", 4 },
	{ "read(3", STRACE_MALFORMED, "the call's ')' is missing", 4 },
	{ "read(3]", STRACE_MALFORMED, "the call's ')' is missing", 4 },
	{ "read", STRACE_MALFORMED, "a system call is meant here", 0 },
	{ "% time     seconds  usecs/call", STRACE_MALFORMED, "a system call is meant here", 0 },
	{ "99999999999 read(3) = 0", STRACE_MALFORMED, "a system call is meant here", 0 },
};

START_TEST(other)
{
	struct strace_line line;

	strace_line_parse(others[_i].line, strlen(others[_i].line), &line);
	ck_assert_msg(line.kind == others[_i].kind, "%s: %d", others[_i].line, line.kind);
	if (!others[_i].why)
		return;
	ck_assert_str_eq(line.fault.why, others[_i].why);
	ck_assert_uint_eq(line.fault.at, others[_i].at);
}
END_TEST

START_TEST(who)
{
	struct strace_line line;
	const char *text = "[pid  7<a long name indeed>] 1.5 [  39] [00000000000000ff] getpid() = 7";

	strace_line_parse(text, strlen(text), &line);
	ck_assert_uint_eq(line.pid, 7);
	ck_assert_str_eq(line.comm, "a long name ind");
	ck_assert(line.has_nr && line.has_ip);
	ck_assert_uint_eq(line.nr, 39);
	ck_assert_uint_eq(line.ip, 255);
	text = "[ Process PID=12 runs in 32 bit mode. ]";
	strace_line_parse(text, strlen(text), &line);
	ck_assert_uint_eq(line.pid, 12);
	ck_assert_int_eq(line.abi, VD_ABI_I386);
}
END_TEST

START_TEST(unknown_call)
{
	struct strace_line line;
	struct log_call call = { .pid = 42 };
	struct log_fault fault;
	const char *text = "sysfoo(1) = 0";

	strace_line_parse(text, strlen(text), &line);
	ck_assert(!strace_call(&line, X86_64, &call, &fault));
	ck_assert_uint_eq(call.pid, 42);
	ck_assert_uint_eq(fault.len, 6);
}
END_TEST

/* Any bytes, in memory that ends where the line does. */
START_TEST(any_bytes)
{
	static const char pool[] = "read(3, \"a\\\"\", {[<>]}) = 0 <... resumed> |-_IOC/* */[pid 12] 0x";
	struct vd_random random = { .state = 1 };
	struct log_call call;
	struct log_fault fault;
	struct strace_line parsed;

	for (int i = 0; i < 200000; i++) {
		size_t len = vd_random_next(&random) % 60;
		char *line = malloc(len + 1);
		for (size_t j = 0; j < len; j++)
			line[j] = vd_random_next(&random) % 4
					  ? pool[vd_random_next(&random) % (sizeof(pool) - 1)]
					  : (char)vd_random_next(&random);
		line = realloc(line, len ? len : 1);
		strace_line_parse(line, len, &parsed);
		ck_assert(parsed.args_len <= len && parsed.name_len <= len);
		if (parsed.kind == STRACE_CALL || parsed.kind == STRACE_BEGUN)
			strace_call(&parsed, (int)(i % 3), &call, &fault);
		free(line);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, one_value, 0, COUNT_OF(values));
	tcase_add_loop_test(tc, whole_call, 0, COUNT_OF(calls));
	tcase_add_loop_test(tc, other, 0, COUNT_OF(others));
	tcase_add_test(tc, who);
	tcase_add_test(tc, unknown_call);
	tcase_add_test(tc, any_bytes);
}

int main(void)
{
	return run_suite("strace", add);
}
