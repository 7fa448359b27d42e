/* SPDX-License-Identifier: MIT */
/*
 * Diagrams cut below a variable: what hangs there are leaves, and a diagram is
 * a function from the variables above to its leaves.
 */
#ifndef VM_PROVE_LEAVES_H
#define VM_PROVE_LEAVES_H

#include "vm/prove/bdd.h"

/* The leaves of f below variable cut, each once, into ret_leaves[max]. Returns how many; max + 1: more, or no
 * memory. */
size_t vd_bdd_leaves(const struct vd_bdds *bdds, vd_bdd f, unsigned cut, vd_bdd *ret_leaves, size_t max);

/* Where f leads to this leaf. A spent budget, or no memory, shows in bdds. */
vd_bdd vd_bdd_leads_to(struct vd_bdds *bdds, vd_bdd f, unsigned cut, vd_bdd leaf);

#endif
