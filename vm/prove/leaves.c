/* SPDX-License-Identifier: MIT */
#include "vm/prove/leaves.h"
#include "vm/prove/memo.h"

struct leaves {
	const struct vd_bdds *bdds;
	unsigned cut;
	struct vd_memo seen;
	vd_bdd *items;
	size_t n, max;
};

static void collect(struct leaves *leaves, vd_bdd f)
{
	uint32_t seen;

	if (leaves->n > leaves->max || vd_memo_get(&leaves->seen, f, &seen))
		return;
	if (vd_memo_put(&leaves->seen, f, 0) < 0) {
		leaves->n = leaves->max + 1;
	} else if (vd_bdd_top(leaves->bdds, f) >= leaves->cut) {
		if (leaves->n < leaves->max)
			leaves->items[leaves->n] = f;
		leaves->n++;
	} else {
		collect(leaves, vd_bdd_low(leaves->bdds, f));
		collect(leaves, vd_bdd_high(leaves->bdds, f));
	}
}

size_t vd_bdd_leaves(const struct vd_bdds *bdds, vd_bdd f, unsigned cut, vd_bdd *ret_leaves, size_t max)
{
	struct leaves leaves = { .bdds = bdds, .cut = cut, .items = ret_leaves, .max = max };

	collect(&leaves, f);
	vd_memo_done(&leaves.seen);
	return leaves.n;
}

struct walk {
	struct vd_bdds *bdds;
	unsigned cut;
	vd_bdd leaf;
	struct vd_memo seen;
};

static vd_bdd leads(struct walk *walk, vd_bdd f)
{
	unsigned var = vd_bdd_top(walk->bdds, f);
	uint32_t known;

	if (vd_bdd_spent(walk->bdds))
		return BDD_FALSE;
	if (var >= walk->cut)
		return f == walk->leaf ? BDD_TRUE : BDD_FALSE;
	if (vd_memo_get(&walk->seen, f, &known))
		return known;
	vd_bdd low = leads(walk, vd_bdd_low(walk->bdds, f));
	vd_bdd high = leads(walk, vd_bdd_high(walk->bdds, f));
	vd_bdd r = vd_bdd_node(walk->bdds, var, low, high);
	/* without memory for the table every path would be walked */
	if (vd_memo_put(&walk->seen, f, r) < 0)
		vd_bdds_spend(walk->bdds);
	return r;
}

vd_bdd vd_bdd_leads_to(struct vd_bdds *bdds, vd_bdd f, unsigned cut, vd_bdd leaf)
{
	struct walk walk = { .bdds = bdds, .cut = cut, .leaf = leaf };
	vd_bdd r = leads(&walk, f);

	vd_memo_done(&walk.seen);
	return r;
}
