/* SPDX-License-Identifier: MIT */
/* Which instructions of a program lie on one way, by its jumps alone. */
#ifndef VM_PROVE_FLOW_H
#define VM_PROVE_FLOW_H

#include "vm/prog.h"

struct vd_flow;

/* prog outlives it. 0 or -ENOMEM. */
int vd_flow_new(const struct vd_prog *prog, struct vd_flow **ret_flow);
void vd_flow_free(struct vd_flow *flow);

/* Whether some way through the program comes by both of two points (reach.h). */
bool vd_flow_meet(const struct vd_flow *flow, size_t pc, enum vd_edge edge, size_t other,
		  enum vd_edge other_edge);

#endif
