/* SPDX-License-Identifier: MIT */
/*
 * What records run through: a program's points are its instructions and, of
 * conditional jumps whose targets differ, the two ways out of them.
 */
#ifndef VM_PROVE_REACH_H
#define VM_PROVE_REACH_H

#include "vm/prog.h"

/* Points of an instruction, one for each enum vd_edge; those that it does not have are never reached. */
#define VD_POINTS 3u

static inline size_t vd_point(size_t pc, enum vd_edge edge)
{
	return VD_POINTS * pc + edge;
}

/* Sets marks[VD_POINTS * length] to true where a record comes by. */
void vd_prog_mark(const struct vd_prog *prog, bool big_endian, const struct seccomp_data *data, bool *marks);

#endif
