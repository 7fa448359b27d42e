/* SPDX-License-Identifier: MIT */
/* Filters with a door: calls from some address are let through, whatever the program says. */
#ifndef LOADER_KERNEL_DOOR_H
#define LOADER_KERNEL_DOOR_H

#include "vm/verdict.h"

#define KERNEL_DOOR_LEN 4

/*
 * What to put before a program. Only the low half of the instruction pointer is
 * looked at, so no other call may come from an address with the same one.
 */
void kernel_door(uint64_t ip, struct sock_filter ret_insns[KERNEL_DOOR_LEN]);

#define KERNEL_GATE_LEN 5

/* The other way around: the program is about calls from these two addresses, and lets all others through. */
void kernel_gate(const uint64_t ips[2], struct sock_filter ret_insns[KERNEL_GATE_LEN]);

/* Whether a program looks at the instruction pointer. */
bool kernel_loads_ip(const struct vd_prog *prog);

#endif
