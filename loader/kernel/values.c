/* SPDX-License-Identifier: MIT */
#include "loader/kernel/values.h"
#include "loader/kernel/door.h"
#include "loader/kernel/entry.h"
#include "loader/kernel/install.h"
#include "loader/kernel/parts.h"

#include <errno.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)

#define WORKER_STACK 65536u

/* ------------------------------------------------------------------ */
/* Code that makes a call from a given address                        */

/* Two bytes of system call and a return; the filter sees the address behind the two. */
static const uint8_t code_syscall[] = { 0x0f, 0x05, 0xc3 }; /* syscall; ret */
static const uint8_t code_int80[] = { 0xcd, 0x80, 0xc3 };   /* int $0x80; ret */

/* Makes the record's call by the code at `entry` and returns rax. rbp carries the sixth argument of int
 * $0x80. */
static long call_syscall(uintptr_t entry, const struct seccomp_data *d)
{
	register uint64_t r10 __asm__("r10") = d->args[3];
	register uint64_t r8 __asm__("r8") = d->args[4];
	register uint64_t r9 __asm__("r9") = d->args[5];
	long rax = (long)(uint32_t)d->nr;

	/* the compiler may keep data below the stack pointer, where call would push */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "call *%[entry]\n\t"
			 "lea 128(%%rsp), %%rsp"
			 : "+a"(rax)
			 : [entry] "b"(entry), "D"(d->args[0]), "S"(d->args[1]), "d"(d->args[2]), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return rax;
}

static long call_int80(uintptr_t entry, const struct seccomp_data *d)
{
	/* ebx, ecx, edx, esi, edi, ebp */
	uint64_t in[8] = { entry,      d->args[0], d->args[1], d->args[2],
			   d->args[3], d->args[4], d->args[5], (uint32_t)d->nr };
	long rax;

	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "push %%rbp\n\t"
			 "push %%rbx\n\t"
			 "mov 8(%%rax), %%rbx\n\t"
			 "mov 16(%%rax), %%rcx\n\t"
			 "mov 24(%%rax), %%rdx\n\t"
			 "mov 32(%%rax), %%rsi\n\t"
			 "mov 40(%%rax), %%rdi\n\t"
			 "mov 48(%%rax), %%rbp\n\t"
			 "mov 0(%%rax), %%r12\n\t"
			 "mov 56(%%rax), %%rax\n\t"
			 "call *%%r12\n\t"
			 "pop %%rbx\n\t"
			 "pop %%rbp\n\t"
			 "lea 128(%%rsp), %%rsp"
			 : "=a"(rax)
			 : "a"(in)
			 : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "memory", "cc");
	return rax;
}

/* One mapped piece of code whose call ends at a given address. */
struct gadget {
	uint64_t ip;
	uintptr_t entry; /* 0: no code can be put there */
	void *map;
	size_t map_len;
	bool is_int80;
};

/* Puts the code where the filter sees ip (any: false), or anywhere. */
static void gadget_init(struct gadget *gadget, uint64_t ip, bool is_int80, bool anywhere)
{
	const uint8_t *code = is_int80 ? code_int80 : code_syscall;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = ip >= KERNEL_CALL_BYTES ? (uintptr_t)ip - KERNEL_CALL_BYTES : 0;
	uintptr_t from = anywhere ? 0 : start & ~(page - 1);
	size_t len = anywhere ? page : ((start + sizeof(code_syscall) - from) + page - 1) & ~(page - 1);

	*gadget = (struct gadget){ .ip = ip, .is_int80 = is_int80 };
	if (!anywhere && (ip < page || ip >> 47))
		return;
	void *map = mmap((void *)from, len, PROT_READ | PROT_WRITE | PROT_EXEC,
			 MAP_PRIVATE | MAP_ANONYMOUS | (anywhere ? 0 : MAP_FIXED_NOREPLACE), -1, 0);
	if (map == MAP_FAILED)
		return;
	if (!anywhere && map != (void *)from) { /* a kernel that does not know MAP_FIXED_NOREPLACE */
		munmap(map, len);
		return;
	}
	gadget->map = map;
	gadget->map_len = len;
	gadget->entry = anywhere ? (uintptr_t)map : start;
	memcpy((void *)gadget->entry, code, sizeof(code_syscall));
}

static void gadget_done(struct gadget *gadget)
{
	if (gadget->map)
		munmap(gadget->map, gadget->map_len);
}

/* ------------------------------------------------------------------ */
/* The worker: shares the caller's memory, has filters of its own     */

/* Everything one call of kernel_values() holds. */
struct job {
	const struct seccomp_data *records;
	bool by_ip;	 /* the program looks at the instruction pointer */
	uint32_t *order; /* the records to ask; by_ip: sorted by their gadget */
	size_t n;
	size_t from, to;	  /* those that are asked now, as positions in order */
	struct gadget gadgets[2]; /* now: by whether they are int $0x80 */
	struct gadget door;
	bool *killed; /* by position in order: its filter killed the worker */
	void *stack;
	struct parts parts;
	uint32_t *values;

	/* What the worker shares with its parent, which waits meanwhile. */
	volatile size_t first;	  /* the part that it began with */
	volatile size_t part, at; /* where it is */
	volatile int error;	  /* an errno: it could not start */
};

/* seccomp(2) and exit(2) through the door, which every derivative leaves open. */
static long door_call(const struct job *job, int nr, uint64_t a, uint64_t b, uint64_t c)
{
	const struct seccomp_data call = { .nr = nr, .args = { a, b, c } };

	return call_syscall(job->door.entry, &call);
}

static bool install_part(struct job *job, size_t part)
{
	struct sock_fprog prog = { .len = (unsigned short)job->parts.lens[part],
				   .filter = job->parts.insns[part] };
	long r = door_call(job, SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (uint64_t)(uintptr_t)&prog);

	/* three long ones may exceed the kernel's size limit, which begins anew with the next worker */
	if (r < 0 && !(r == -ENOMEM && part > job->first))
		job->error = (int)-r;
	return r == 0;
}

/* Asks all records that are left for one part of their values. */
static void ask_part(struct job *job, size_t part)
{
	for (; job->at < job->to; job->at++) {
		size_t i = job->at;
		uint32_t *value = &job->values[job->order[i]];
		const struct seccomp_data *record = &job->records[job->order[i]];
		const struct gadget *gadget = &job->gadgets[record->arch == AUDIT_ARCH_I386];
		if (job->killed[i])
			continue;
		long r = gadget->is_int80 ? call_int80(gadget->entry, record)
					  : call_syscall(gadget->entry, record);
		*value = parts_add(&job->parts, part, *value, r);
	}
}

/*
 * Among equal actions the newest filter's data stands, so one worker can
 * install one derivative on top of the other.
 */
static int worker(void *arg)
{
	struct job *job = arg;
	/* a kill must not write a core file; a limit of one byte also stops core pipes */
	const struct rlimit no_core = { 1, 1 };

	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (!kernel_may_install())
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	for (; job->part < job->parts.n && install_part(job, job->part); job->part++) {
		ask_part(job, job->part);
		job->at = job->from;
	}
	door_call(job, SYS_exit, 0, 0, 0);
	return 0;
}

/* Runs workers until all is asked; a worker that its filter kills has found a value 0. */
static int run_workers(struct job *job)
{
	job->part = 0;
	job->at = job->from;
	while (job->part < job->parts.n) {
		int status;
		job->first = job->part;
		pid_t pid = clone(worker, (char *)job->stack + WORKER_STACK, CLONE_VM | CLONE_VFORK | SIGCHLD,
				  job);
		if (pid < 0)
			return -errno;
		while (waitpid(pid, &status, 0) < 0)
			if (errno != EINTR)
				return -errno;
		if (job->error)
			return -job->error;
		if (WIFEXITED(status))
			continue;
		if (WTERMSIG(status) != SIGSYS) /* from outside */
			return -EINTR;
		job->killed[job->at] = true;
		job->at++;
	}
	return 0;
}

static int by_gadget(const void *pa, const void *pb, void *arg)
{
	const struct job *job = arg;
	uint32_t ia = *(const uint32_t *)pa, ib = *(const uint32_t *)pb;
	const struct seccomp_data *a = &job->records[ia], *b = &job->records[ib];

	if (a->arch != b->arch)
		return a->arch < b->arch ? -1 : 1;
	if (a->instruction_pointer != b->instruction_pointer)
		return a->instruction_pointer < b->instruction_pointer ? -1 : 1;
	return ia < ib ? -1 : ia > ib;
}

/* Asks the records order[from] to order[to - 1], which a gadget for each ABI can serve. */
static int ask_group(struct job *job, size_t from, size_t to, enum kernel_asked *asked)
{
	const struct seccomp_data *first = &job->records[job->order[from]];
	bool placed = true;
	int r = 0;

	job->from = from;
	job->to = to;
	for (int is_int80 = 0; is_int80 < 2; is_int80++) {
		job->gadgets[is_int80] = (struct gadget){ 0 };
		/* records of one address are of one ABI */
		if (job->by_ip && (first->arch == AUDIT_ARCH_I386) != is_int80)
			continue;
		gadget_init(&job->gadgets[is_int80], first->instruction_pointer, is_int80, !job->by_ip);
		placed &= job->gadgets[is_int80].entry != 0;
	}
	if (placed)
		r = run_workers(job);
	for (size_t i = from; i < to && !placed; i++)
		asked[job->order[i]] = KERNEL_ADDRESS;
	gadget_done(&job->gadgets[0]);
	gadget_done(&job->gadgets[1]);
	return r;
}

/* Where the records that can be asked together with order[from] end. */
static size_t group_end(const struct job *job, size_t from)
{
	const struct seccomp_data *first = &job->records[job->order[from]];
	size_t to = from + 1;

	if (!job->by_ip)
		return job->n;
	while (to < job->n) {
		const struct seccomp_data *next = &job->records[job->order[to]];
		if (next->arch != first->arch || next->instruction_pointer != first->instruction_pointer)
			break;
		to++;
	}
	return to;
}

/* The filter kills where it divides by zero: the value is 0 then. */
static void take_values(struct job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		uint32_t *value = &job->values[job->order[i]];
		*value = job->killed[i] ? 0 : parts_value(&job->parts, *value);
	}
}

static int ask_groups(struct job *job, enum kernel_asked *asked)
{
	int r = 0;

	if (job->by_ip)
		qsort_r(job->order, job->n, sizeof(*job->order), by_gadget, job);
	for (size_t from = 0, to; from < job->n && r == 0; from = to) {
		to = group_end(job, from);
		r = ask_group(job, from, to, asked);
	}
	if (r == 0)
		take_values(job);
	return r;
}

/* A door whose low half no record's instruction pointer has. */
static int place_door(struct job *job)
{
	struct gadget refused[8];
	size_t n = 0;

	for (bool clash = true; clash && n < 8;) {
		gadget_init(&job->door, 0, false, true);
		if (!job->door.entry)
			break;
		clash = false;
		for (size_t i = 0; i < job->n && job->by_ip; i++)
			clash |= (uint32_t)job->records[job->order[i]].instruction_pointer ==
				 (uint32_t)(job->door.entry + KERNEL_CALL_BYTES);
		if (clash) {
			refused[n++] = job->door;
			job->door = (struct gadget){ 0 };
		}
	}
	while (n)
		gadget_done(&refused[--n]);
	return job->door.entry ? 0 : -ENOMEM;
}

static void job_done(struct job *job)
{
	gadget_done(&job->door);
	parts_done(&job->parts);
	if (job->stack)
		munmap(job->stack, WORKER_STACK);
	free(job->order);
	free(job->killed);
}

static int job_alloc(struct job *job, size_t n)
{
	size_t some = n ? n : 1;

	job->order = malloc(some * sizeof(*job->order));
	job->killed = calloc(some, sizeof(*job->killed));
	job->stack = mmap(NULL, WORKER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK,
			  -1, 0);
	if (job->stack == MAP_FAILED)
		job->stack = NULL;
	return job->order && job->killed && job->stack ? 0 : -ENOMEM;
}

int kernel_values(const struct vd_prog *prog, const struct seccomp_data *records, size_t n,
		  uint32_t *ret_values, enum kernel_asked *ret_asked)
{
	struct job job = { .records = records, .by_ip = kernel_loads_ip(prog), .values = ret_values };
	int r;

	kernel_keep_children();
	r = job_alloc(&job, n);
	for (size_t i = 0; i < n && r == 0; i++) {
		ret_values[i] = 0;
		ret_asked[i] = kernel_askable(&records[i]);
		if (ret_asked[i] == KERNEL_ASKED)
			job.order[job.n++] = (uint32_t)i;
	}
	if (r == 0)
		r = place_door(&job);
	uint64_t door_ip = job.door.entry + KERNEL_CALL_BYTES;
	if (r == 0)
		r = parts_init(&job.parts, prog, &door_ip);
	if (r == 0)
		r = ask_groups(&job, ret_asked);
	job_done(&job);
	return r;
}

#else

int kernel_values(const struct vd_prog *prog, const struct seccomp_data *records, size_t n,
		  uint32_t *ret_values, enum kernel_asked *ret_asked)
{
	return -ENOTSUP;
}

#endif
