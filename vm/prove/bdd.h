/* SPDX-License-Identifier: MIT */
/*
 * Reduced ordered binary decision diagrams with complement edges: exact
 * functions of up to 65,535 boolean variables. A manager lives as long as one
 * question; nothing is collected before it is freed. When its budget is spent
 * every operation gives BDD_FALSE at once and bdd_spent() says so: results are
 * then worthless, and callers end with "unknown".
 */
#ifndef VM_PROVE_BDD_H
#define VM_PROVE_BDD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A function: index of its node, shifted by one; the low bit says that it is negated. */
typedef uint32_t vd_bdd;
#define BDD_TRUE 0u
#define BDD_FALSE 1u

struct vd_bdds;

/* max_nodes and max_ms bound memory and time; 0: none. -ENOMEM. */
int vd_bdds_new(size_t max_nodes, unsigned max_ms, struct vd_bdds **ret_bdds);
void vd_bdds_free(struct vd_bdds *bdds);

bool vd_bdd_spent(const struct vd_bdds *bdds);
/* Ends all work, as if the budget were spent: for callers that run out of memory. */
void vd_bdds_spend(struct vd_bdds *bdds);
size_t vd_bdd_nodes(const struct vd_bdds *bdds);
/* Bytes held for nodes, their index and the cache. */
size_t vd_bdd_memory(const struct vd_bdds *bdds);

static inline vd_bdd vd_bdd_not(vd_bdd f)
{
	return f ^ 1;
}
/* The variable itself; smaller ones are tested first. */
vd_bdd vd_bdd_var(struct vd_bdds *bdds, unsigned var);
vd_bdd vd_bdd_and(struct vd_bdds *bdds, vd_bdd f, vd_bdd g);
vd_bdd vd_bdd_or(struct vd_bdds *bdds, vd_bdd f, vd_bdd g);
vd_bdd vd_bdd_xor(struct vd_bdds *bdds, vd_bdd f, vd_bdd g);
vd_bdd vd_bdd_ite(struct vd_bdds *bdds, vd_bdd f, vd_bdd g, vd_bdd h);

/*
 * An assignment that makes f true: ret_bits[var] is 0 or 1 for the variables
 * on the path, untouched for those that do not matter. Prefers 0 at every
 * variable in turn. False when f is BDD_FALSE.
 */
bool vd_bdd_witness(const struct vd_bdds *bdds, vd_bdd f, uint8_t *ret_bits);

/* A function's first variable (VD_BDD_NONE: it is constant), and what it is where that is 0, 1. */
#define VD_BDD_NONE UINT16_MAX
unsigned vd_bdd_top(const struct vd_bdds *bdds, vd_bdd f);
vd_bdd vd_bdd_low(const struct vd_bdds *bdds, vd_bdd f);
vd_bdd vd_bdd_high(const struct vd_bdds *bdds, vd_bdd f);

/*
 * The function that is low where variable var is 0, and high where it is 1;
 * both test larger variables only.
 */
vd_bdd vd_bdd_node(struct vd_bdds *bdds, unsigned var, vd_bdd low, vd_bdd high);

/* More nodes and time for what comes next, also after the budget was spent; 0: no bound. */
void vd_bdds_extend(struct vd_bdds *bdds, size_t more_nodes, unsigned max_ms);

/* The value of f where variable v is bits[v]. */
bool vd_bdd_eval(const struct vd_bdds *bdds, vd_bdd f, const uint8_t *bits);

#endif
