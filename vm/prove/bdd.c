/* SPDX-License-Identifier: MIT */
/*
 * After Brace, Rudell, Bryant: "Efficient implementation of a BDD package"
 * (DAC 1990): hashed nodes, a lossy cache of results, complement edges. A
 * node's then-edge is never negated, which makes the representation unique.
 */
#include "vm/prove/bdd.h"
#include "vm/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct node {
	vd_bdd low, high; /* where the variable is 0, 1 */
	uint32_t next;	  /* in its bucket, 0: none */
	uint16_t var;
};

struct cached {
	vd_bdd f, g, h, result;
};

struct vd_bdds {
	struct node *nodes; /* [0] is the constant */
	size_t n, cap, max_nodes;
	uint32_t *buckets;
	size_t n_buckets; /* a power of two */
	struct cached *cache;
	size_t n_cache;	      /* a power of two */
	uint64_t deadline_ns; /* 0: none */
	uint32_t steps;
	bool spent;
};

#define VAR_CONSTANT VD_BDD_NONE
#define NODES_MAX ((size_t)UINT32_MAX / 2)
#define FIRST_NODES 4096u
/* The clock is read once in so many steps: about a millisecond. */
#define STEPS_PER_LOOK 65536u
#define CACHE_MAX ((size_t)1 << 20)

void vd_bdds_free(struct vd_bdds *bdds)
{
	if (!bdds)
		return;
	free(bdds->nodes);
	free(bdds->buckets);
	free(bdds->cache);
	free(bdds);
}

void vd_bdds_extend(struct vd_bdds *bdds, size_t more_nodes, unsigned max_ms)
{
	bool bounded = more_nodes && more_nodes < NODES_MAX - bdds->n;

	bdds->max_nodes = bounded ? bdds->n + more_nodes : NODES_MAX;
	bdds->deadline_ns = max_ms ? clock_ns() + (uint64_t)max_ms * NS_PER_MS : 0;
	bdds->spent = false;
}

int vd_bdds_new(size_t max_nodes, unsigned max_ms, struct vd_bdds **ret_bdds)
{
	struct vd_bdds *bdds = calloc(1, sizeof(*bdds));

	if (!bdds)
		return -ENOMEM;
	bdds->cap = FIRST_NODES;
	bdds->n_buckets = FIRST_NODES;
	bdds->n_cache = FIRST_NODES;
	bdds->nodes = malloc(bdds->cap * sizeof(*bdds->nodes));
	bdds->buckets = calloc(bdds->n_buckets, sizeof(*bdds->buckets));
	bdds->cache = calloc(bdds->n_cache, sizeof(*bdds->cache));
	if (!bdds->nodes || !bdds->buckets || !bdds->cache) {
		vd_bdds_free(bdds);
		return -ENOMEM;
	}
	bdds->nodes[0] = (struct node){ .var = VAR_CONSTANT };
	vd_bdds_extend(bdds, max_nodes, max_ms); /* the constant is one of them */
	bdds->n = 1;
	*ret_bdds = bdds;
	return 0;
}

bool vd_bdd_spent(const struct vd_bdds *bdds)
{
	return bdds->spent;
}

void vd_bdds_spend(struct vd_bdds *bdds)
{
	bdds->spent = true;
}

size_t vd_bdd_nodes(const struct vd_bdds *bdds)
{
	return bdds->n;
}

size_t vd_bdd_memory(const struct vd_bdds *bdds)
{
	return bdds->cap * sizeof(*bdds->nodes) + bdds->n_buckets * sizeof(*bdds->buckets) +
	       bdds->n_cache * sizeof(*bdds->cache);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ (b * 0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu;

	return h ^ (h >> 32);
}

static uint64_t node_hash(unsigned var, vd_bdd low, vd_bdd high)
{
	return mix((uint64_t)high << 32 | low, var);
}

/* Twice the nodes and buckets; the cache keeps step up to its limit. */
static bool grow(struct vd_bdds *bdds)
{
	size_t cap = 2 * bdds->cap;
	struct node *nodes = realloc(bdds->nodes, cap * sizeof(*nodes));

	if (!nodes)
		return false;
	bdds->nodes = nodes;
	bdds->cap = cap;
	uint32_t *buckets = calloc(cap, sizeof(*buckets));
	if (!buckets)
		return true; /* longer chains, nothing else */
	free(bdds->buckets);
	bdds->buckets = buckets;
	bdds->n_buckets = cap;
	for (size_t i = 1; i < bdds->n; i++) {
		uint64_t at = node_hash(nodes[i].var, nodes[i].low, nodes[i].high) & (cap - 1);
		nodes[i].next = buckets[at];
		buckets[at] = (uint32_t)i;
	}
	if (cap <= CACHE_MAX) {
		struct cached *cache = calloc(cap, sizeof(*cache));
		if (cache) {
			free(bdds->cache);
			bdds->cache = cache;
			bdds->n_cache = cap;
		}
	}
	return true;
}

/* The one node with this variable and these edges. */
static vd_bdd make(struct vd_bdds *bdds, unsigned var, vd_bdd low, vd_bdd high)
{
	vd_bdd negated = high & 1;

	if (low == high)
		return low;
	low ^= negated;
	high ^= negated;
	uint64_t hash = node_hash(var, low, high);
	for (uint32_t i = bdds->buckets[hash & (bdds->n_buckets - 1)]; i; i = bdds->nodes[i].next)
		if (bdds->nodes[i].low == low && bdds->nodes[i].high == high && bdds->nodes[i].var == var)
			return i << 1 | negated;
	if (bdds->n >= bdds->max_nodes || (bdds->n == bdds->cap && !grow(bdds))) {
		bdds->spent = true;
		return BDD_FALSE;
	}
	uint64_t at = hash & (bdds->n_buckets - 1);
	bdds->nodes[bdds->n] = (struct node){
		.low = low, .high = high, .var = (uint16_t)var, .next = bdds->buckets[at]
	};
	bdds->buckets[at] = (uint32_t)bdds->n;
	return (vd_bdd)(bdds->n++ << 1 | negated);
}

vd_bdd vd_bdd_node(struct vd_bdds *bdds, unsigned var, vd_bdd low, vd_bdd high)
{
	return bdds->spent ? BDD_FALSE : make(bdds, var, low, high);
}

vd_bdd vd_bdd_var(struct vd_bdds *bdds, unsigned var)
{
	return make(bdds, var, BDD_FALSE, BDD_TRUE);
}

/* Counts work; true when the budget is spent. */
static bool step(struct vd_bdds *bdds)
{
	if (++bdds->steps >= STEPS_PER_LOOK) {
		bdds->steps = 0;
		if (bdds->deadline_ns && clock_ns() > bdds->deadline_ns)
			bdds->spent = true;
	}
	return bdds->spent;
}

static inline unsigned var_of(const struct vd_bdds *bdds, vd_bdd f)
{
	return bdds->nodes[f >> 1].var;
}

/* f where var is 0 or 1. */
static inline vd_bdd cofactor(const struct vd_bdds *bdds, vd_bdd f, unsigned var, bool one)
{
	const struct node *node = &bdds->nodes[f >> 1];

	if (node->var != var)
		return f;
	return (one ? node->high : node->low) ^ (f & 1);
}

/*
 * Equal calls in different words: brings (f, g, h) into one form, so that the
 * cache finds it. Returns whether the result is to be negated.
 */
static bool standard_form(vd_bdd *f, vd_bdd *g, vd_bdd *h)
{
	if (*f & 1) { /* ite(!f, g, h) = ite(f, h, g) */
		vd_bdd t = *g;
		*f ^= 1;
		*g = *h;
		*h = t;
	}
	if (*g == *f)
		*g = BDD_TRUE;
	else if (*g == (*f ^ 1))
		*g = BDD_FALSE;
	if (*h == *f)
		*h = BDD_FALSE;
	else if (*h == (*f ^ 1))
		*h = BDD_TRUE;
	/* and, or: the operands in order */
	if (*h == BDD_FALSE && !(*g & 1) && *g < *f) {
		vd_bdd t = *f;
		*f = *g;
		*g = t;
	} else if (*g == BDD_TRUE && !(*h & 1) && *h<*f && * h> 1) {
		vd_bdd t = *f;
		*f = *h;
		*h = t;
	}
	if (*g & 1) { /* ite(f, !g, h) = !ite(f, g, !h) */
		*g ^= 1;
		*h ^= 1;
		return true;
	}
	return false;
}

unsigned vd_bdd_top(const struct vd_bdds *bdds, vd_bdd f)
{
	return var_of(bdds, f);
}

vd_bdd vd_bdd_low(const struct vd_bdds *bdds, vd_bdd f)
{
	return bdds->nodes[f >> 1].low ^ (f & 1);
}

vd_bdd vd_bdd_high(const struct vd_bdds *bdds, vd_bdd f)
{
	return bdds->nodes[f >> 1].high ^ (f & 1);
}

vd_bdd vd_bdd_ite(struct vd_bdds *bdds, vd_bdd f, vd_bdd g, vd_bdd h)
{
	if (f <= 1)
		return f == BDD_TRUE ? g : h;
	if (g == h)
		return g;
	bool negate = standard_form(&f, &g, &h);
	if (f <= 1)
		return (f == BDD_TRUE ? g : h) ^ negate;
	if (g == h)
		return g ^ negate;
	if (g == BDD_TRUE && h == BDD_FALSE)
		return f ^ negate;
	if (step(bdds))
		return BDD_FALSE;

	struct cached *entry = &bdds->cache[mix((uint64_t)f << 32 | g, h) & (bdds->n_cache - 1)];
	if (entry->f == f && entry->g == g && entry->h == h)
		return entry->result ^ negate;
	unsigned var = var_of(bdds, f);
	if (var_of(bdds, g) < var)
		var = var_of(bdds, g);
	if (var_of(bdds, h) < var)
		var = var_of(bdds, h);
	vd_bdd low = vd_bdd_ite(bdds, cofactor(bdds, f, var, false), cofactor(bdds, g, var, false),
				cofactor(bdds, h, var, false));
	vd_bdd high = vd_bdd_ite(bdds, cofactor(bdds, f, var, true), cofactor(bdds, g, var, true),
				 cofactor(bdds, h, var, true));
	vd_bdd result = make(bdds, var, low, high);
	if (bdds->spent)
		return BDD_FALSE;
	/* the cache may have moved */
	entry = &bdds->cache[mix((uint64_t)f << 32 | g, h) & (bdds->n_cache - 1)];
	*entry = (struct cached){ f, g, h, result };
	return result ^ negate;
}

vd_bdd vd_bdd_and(struct vd_bdds *bdds, vd_bdd f, vd_bdd g)
{
	return vd_bdd_ite(bdds, f, g, BDD_FALSE);
}

vd_bdd vd_bdd_or(struct vd_bdds *bdds, vd_bdd f, vd_bdd g)
{
	return vd_bdd_ite(bdds, f, BDD_TRUE, g);
}

vd_bdd vd_bdd_xor(struct vd_bdds *bdds, vd_bdd f, vd_bdd g)
{
	return vd_bdd_ite(bdds, f, vd_bdd_not(g), g);
}

bool vd_bdd_witness(const struct vd_bdds *bdds, vd_bdd f, uint8_t *ret_bits)
{
	if (f == BDD_FALSE)
		return false;
	while (f != BDD_TRUE) {
		const struct node *node = &bdds->nodes[f >> 1];
		vd_bdd low = node->low ^ (f & 1);
		bool one = low == BDD_FALSE;
		ret_bits[node->var] = one;
		f = one ? node->high ^ (f & 1) : low;
	}
	return true;
}

bool vd_bdd_eval(const struct vd_bdds *bdds, vd_bdd f, const uint8_t *bits)
{
	while (f > 1) {
		const struct node *node = &bdds->nodes[f >> 1];
		f = (bits[node->var] ? node->high : node->low) ^ (f & 1);
	}
	return f == BDD_TRUE;
}
