/* SPDX-License-Identifier: MIT */
/* Code that makes a call of a record from an address where the filter sees it come from. */
#ifndef LOADER_KERNEL_GADGETS_H
#define LOADER_KERNEL_GADGETS_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes a record's call by the code at `entry`, which is of the record's ABI, and returns rax. */
long gadget_call(uintptr_t entry, const struct seccomp_data *record);

/* A page of code anywhere: entries for each ABI under numbers below GADGET_SLOTS. */
#define GADGET_SLOTS 65u
/* NULL: no memory. */
void *gadget_slots_map(void);
void gadget_slots_unmap(void *slots);
uintptr_t gadget_slot(const void *slots, unsigned slot, bool int80);
/* Whether the low half of an instruction pointer is that of a call from a slot. */
bool gadget_slots_have(const void *slots, uint64_t ip);

/* Code at given addresses, as much as can be there together. */
#define GADGETS_MAX 64u
struct gadgets {
	struct {
		void *map;
		size_t len;
		uintptr_t entry;
		bool int80;
	} maps[GADGETS_MAX];
	size_t n;
};

/* The entry of code that the filter sees make calls from ip. 0: it cannot be put there, or not yet. */
uintptr_t gadgets_map(struct gadgets *gadgets, uint64_t ip, bool int80);
void gadgets_unmap(struct gadgets *gadgets);

#endif
