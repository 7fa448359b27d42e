/* SPDX-License-Identifier: MIT */
#include "loader/kernel/door.h"

#include <string.h>

#define IP_AT offsetof(struct seccomp_data, instruction_pointer)

void kernel_door(uint64_t ip, struct sock_filter ret_insns[KERNEL_DOOR_LEN])
{
	const struct sock_filter door[KERNEL_DOOR_LEN] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, IP_AT },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (uint32_t)ip },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
		{ BPF_LD | BPF_IMM, 0, 0, 0 }, /* A is 0 when a program begins */
	};

	memcpy(ret_insns, door, sizeof(door));
}

void kernel_gate(const uint64_t ips[2], struct sock_filter ret_insns[KERNEL_GATE_LEN])
{
	const struct sock_filter gate[KERNEL_GATE_LEN] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, IP_AT },
		{ BPF_JMP | BPF_JEQ | BPF_K, 2, 0, (uint32_t)ips[0] },
		{ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, (uint32_t)ips[1] },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
		{ BPF_LD | BPF_IMM, 0, 0, 0 }, /* A is 0 when a program begins */
	};

	memcpy(ret_insns, gate, sizeof(gate));
}

bool kernel_loads_ip(const struct vd_prog *prog)
{
	const struct sock_filter *insns = vd_prog_insns(prog);

	for (size_t pc = 0; pc < vd_prog_len(prog); pc++)
		if (insns[pc].code == (BPF_LD | BPF_W | BPF_ABS) && insns[pc].k >= IP_AT &&
		    insns[pc].k < IP_AT + 8)
			return true;
	return false;
}
