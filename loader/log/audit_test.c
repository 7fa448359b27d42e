/* SPDX-License-Identifier: MIT */
#include "loader/call.h"
#include "loader/log/audit.h"
#include "loader/testing.h"

#define ARGS_OPEN 0xfff0u
#define WHO \
	"auid=1000 uid=1000 gid=1000 ses=1 subj=unconfined pid=1234 comm=\"ls\" exe=\"/usr/bin/ls\" sig=31 "

/* Records, and which words stay open. */
static const struct {
	const char *line;
	const char *call;
	unsigned open, pid;
	const char *comm;
} calls[] = {
	{ "type=SECCOMP msg=audit(1700000000.123:456): " WHO
	  "arch=c000003e syscall=41 compat=0 ip=0x7f10 code=0x80000000",
	  "x86_64 socket() @0x7f10", ARGS_OPEN, 1234, "ls" },
	{ "Nov 22 04:00:00 host kernel: audit: type=1326 audit(1700000000.123:456): " WHO
	  "arch=40000003 syscall=102 compat=1 ip=0xf7f2b579 code=0x50000",
	  "i386 socketcall() @0xf7f2b579", ARGS_OPEN, 1234, "ls" },
	{ "[  12.345678] audit: type=1326 audit(1.1:1): pid=7 comm=6120622063 arch=c000003e "
	  "syscall=1073741863 ip=0",
	  "x32 getpid()", ARGS_OPEN, 7, "a b c" },
	{ "type=SECCOMP msg=audit(1:1): arch=c000003e syscall=-1 compat=0", "x86_64 -1()", ARGS_OPEN | 0xc, 0,
	  "" },
	{ "type=SECCOMP msg=audit(1:1): arch=c00000b7 syscall=56 ip=0x1", "aarch64 openat() @0x1", ARGS_OPEN,
	  0, "" },
	{ "type=SECCOMP msg=audit(1:1): arch=deadbeef syscall=56 ip=0x1", "0xdeadbeef 56() @0x1", ARGS_OPEN,
	  0, "" },
	{ "type=SECCOMP msg=audit(01/01/2024 00:00:00.1:1) : arch=x86_64 syscall=openat compat=0 ip=0x7f "
	  "code=kill",
	  "x86_64 openat() @0x7f", ARGS_OPEN, 0, "" },
	{ "type=SYSCALL msg=audit(1:1): arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7f10 "
	  "a2=80000 "
	  "a3=0 items=1 ppid=1 pid=7 comm=\"cat\"",
	  "x86_64 openat(0xffffff9c, 0x7f10, 0x80000)", 0xf00c, 7, "cat" },
	{ "type=1300 audit(1:1): arch=40000003 syscall=5 a0=1 a1=2 a2=3", "i386 open(1, 2, 3)", 0xfc0c, 0,
	  "" },
	{ "type=SECCOMP msg=audit(1:1): arch=c000003e syscall=1 ip=0x1\x1d"
	  "ARCH=x86_64 syscall=2",
	  "x86_64 write() @0x1", ARGS_OPEN, 0, "" },
	{ "type=SECCOMP msg=audit(1:1): comm=\"a longer name than any\" arch=c000003e syscall=0 ip=0x1",
	  "x86_64 read() @0x1", ARGS_OPEN, 0, "a longer name t" },
};

START_TEST(one_call)
{
	struct log_call call;
	struct log_fault fault;
	char text[CALL_TEXT_MAX];

	ck_assert_int_eq(audit_line_parse(calls[_i].line, strlen(calls[_i].line), &call, &fault), AUDIT_CALL);
	call_format(&call.data, text, sizeof(text));
	ck_assert_str_eq(text, calls[_i].call);
	ck_assert_uint_eq(call.open, calls[_i].open);
	ck_assert_uint_eq(call.pid, calls[_i].pid);
	ck_assert_str_eq(call.comm, calls[_i].comm);
}
END_TEST

static const struct {
	const char *line;
	const char *why; /* NULL: it is nothing */
} others[] = {
	{ "", NULL },
	{ "type=USER_START msg=audit(1:1): pid=1", NULL },
	{ "type=SECCOMPX arch=c000003e syscall=1", NULL },
	{ "type=13260 arch=c000003e syscall=1", NULL },
	{ "type=PATH msg=audit(1:1): item=0 name=\"/x\"", NULL },
	{ "Nov 22 host kernel: usb 1-1: new device", NULL },
	{ "type=SECCOMP msg=audit(1:1): syscall=1", "the record has no arch= and syscall=" },
	{ "type=SECCOMP msg=audit(1:1): arch=c000003e", "the record has no arch= and syscall=" },
	{ "type=SECCOMP", "the record has no arch= and syscall=" },
	{ "type=1326 arch=c000003ef0 syscall=1", "this is no arch" },
	{ "type=1326 arch= syscall=1", "this is no arch" },
	{ "type=1326 arch=vax syscall=1", "this is no arch" },
	{ "type=1326 arch=c000003e syscall=", "this is no number of a system call" },
	{ "type=1326 arch=c000003e syscall=4294967296", "this is no number of a system call" },
	{ "type=1326 arch=c000003e syscall=-2147483649", "this is no number of a system call" },
	{ "type=1326 arch=c000003e syscall=raed", "this is no number of a system call" },
	{ "type=1326 arch=deadbeef syscall=read", "this is no number of a system call" },
};

START_TEST(other)
{
	struct log_call call = { .pid = 42 };
	struct log_fault fault;
	enum audit_kind kind = audit_line_parse(others[_i].line, strlen(others[_i].line), &call, &fault);

	ck_assert_uint_eq(call.pid, 42);
	ck_assert_int_eq(kind, others[_i].why ? AUDIT_MALFORMED : AUDIT_NOTHING);
	if (!others[_i].why)
		return;
	ck_assert_str_eq(fault.why, others[_i].why);
	ck_assert_uint_le(fault.at + fault.len, strlen(others[_i].line));
}
END_TEST

/* Any bytes, in memory that ends where the line does. */
START_TEST(any_bytes)
{
	static const char pool[] = "=\" arch=c000003e syscall=1 comm=61 pid=1 ip=0x1 a0=";
	struct vd_random random = { .state = 1 };
	struct log_call call;
	struct log_fault fault;

	for (int i = 0; i < 200000; i++) {
		size_t len = 9 + vd_random_next(&random) % 60;
		char *line = malloc(len);
		memcpy(line, "type=1326", 9);
		for (size_t j = 9; j < len; j++)
			line[j] = vd_random_next(&random) % 8
					  ? pool[(j + vd_random_next(&random) % 2) % (sizeof(pool) - 1)]
					  : (char)vd_random_next(&random);
		if (audit_line_parse(line, len, &call, &fault) == AUDIT_MALFORMED)
			ck_assert_uint_le(fault.at + fault.len, len);
		free(line);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, one_call, 0, COUNT_OF(calls));
	tcase_add_loop_test(tc, other, 0, COUNT_OF(others));
	tcase_add_test(tc, any_bytes);
}

int main(void)
{
	return run_suite("audit", add);
}
