/* SPDX-License-Identifier: MIT */
#include "loader/kernel/gadgets.h"
#include "loader/kernel/entry.h"

#include <linux/audit.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)

/* Two bytes of system call and a return; the filter sees the address behind the two. */
static const uint8_t code_syscall[] = { 0x0f, 0x05, 0xc3 }; /* syscall; ret */
static const uint8_t code_int80[] = { 0xcd, 0x80, 0xc3 };   /* int $0x80; ret */

/* Bytes from one entry to the next. */
#define ENTRY_SIZE 8u
#define SLOTS_SIZE (2 * ENTRY_SIZE * GADGET_SLOTS)

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

/* rbp carries the sixth argument of int $0x80. */
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

long gadget_call(uintptr_t entry, const struct seccomp_data *record)
{
	return record->arch == AUDIT_ARCH_I386 ? call_int80(entry, record) : call_syscall(entry, record);
}

static void *map_code(void *at, size_t len, int flags)
{
	void *map = mmap(at, len, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1,
			 0);

	return map == MAP_FAILED ? NULL : map;
}

/* --------------------------------------------------------------- slots -- */

uintptr_t gadget_slot(const void *slots, unsigned slot, bool int80)
{
	return (uintptr_t)slots + ENTRY_SIZE * (2 * slot + int80);
}

void *gadget_slots_map(void)
{
	void *slots = map_code(NULL, SLOTS_SIZE, 0);

	for (unsigned slot = 0; slots && slot < GADGET_SLOTS; slot++) {
		memcpy((void *)gadget_slot(slots, slot, false), code_syscall, sizeof(code_syscall));
		memcpy((void *)gadget_slot(slots, slot, true), code_int80, sizeof(code_int80));
	}
	return slots;
}

void gadget_slots_unmap(void *slots)
{
	if (slots)
		munmap(slots, SLOTS_SIZE);
}

bool gadget_slots_have(const void *slots, uint64_t ip)
{
	uint32_t at = (uint32_t)ip - KERNEL_CALL_BYTES - (uint32_t)(uintptr_t)slots;

	return at < SLOTS_SIZE && at % ENTRY_SIZE == 0;
}

/* --------------------------------------------------- at given addresses -- */

static bool is_mapped(const struct gadgets *gadgets, uintptr_t entry, bool int80)
{
	for (size_t i = 0; i < gadgets->n; i++)
		if (gadgets->maps[i].entry == entry && gadgets->maps[i].int80 == int80)
			return true;
	return false;
}

uintptr_t gadgets_map(struct gadgets *gadgets, uint64_t ip, bool int80)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)ip - KERNEL_CALL_BYTES;

	if (is_mapped(gadgets, start, int80))
		return start;
	if (ip < page || ip >> 47 || gadgets->n == GADGETS_MAX)
		return 0;
	uintptr_t from = start & ~(page - 1);
	size_t len = ((start + sizeof(code_syscall) - from) + page - 1) & ~(page - 1);
	void *map = map_code((void *)from, len, MAP_FIXED_NOREPLACE);
	if (!map)
		return 0;
	if (map != (void *)from) { /* a kernel that does not know MAP_FIXED_NOREPLACE */
		munmap(map, len);
		return 0;
	}
	gadgets->maps[gadgets->n].map = map;
	gadgets->maps[gadgets->n].len = len;
	gadgets->maps[gadgets->n].entry = start;
	gadgets->maps[gadgets->n++].int80 = int80;
	memcpy((void *)start, int80 ? code_int80 : code_syscall, sizeof(code_syscall));
	return start;
}

void gadgets_unmap(struct gadgets *gadgets)
{
	while (gadgets->n) {
		gadgets->n--;
		munmap(gadgets->maps[gadgets->n].map, gadgets->maps[gadgets->n].len);
	}
}

#endif
