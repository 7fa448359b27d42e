/* SPDX-License-Identifier: MIT */
/*
 * Records that can be done without: all that one is there for is given to
 * others, each of which then has to come by more.
 */
#include "vm/prove/cover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What was given away on trial. */
struct gift {
	size_t to, point;
	vd_bdd before; /* of the record that it was given to */
};

struct giving {
	struct vd_cover *cover;
	struct gift *gifts;
	size_t n;
	bool *changed; /* by record */
};

/* Whether a record may come by one more point. */
static bool can_take(struct vd_cover *cover, const struct vd_cover_record *record, size_t point,
		     vd_bdd *ret_all)
{
	if (cover->points[point].records == BDD_FALSE)
		return false;
	for (size_t i = 0; i < record->n; i++)
		if (!vd_cover_may_meet(cover, record->points[i], point))
			return false;
	*ret_all = vd_bdd_and(cover->q.bdds, record->all, cover->points[point].records);
	return *ret_all != BDD_FALSE && !vd_bdd_spent(cover->q.bdds);
}

static bool give(struct giving *giving, size_t from, size_t point)
{
	struct vd_cover *cover = giving->cover;

	for (size_t i = 0; i < cover->n; i++) {
		struct vd_cover_record *record = &cover->records[i];
		vd_bdd all;
		if (i == from || !can_take(cover, record, point, &all))
			continue;
		giving->gifts[giving->n++] = (struct gift){ i, point, record->all };
		record->points[record->n++] = point;
		record->all = all;
		return true;
	}
	return false;
}

static void take_back(struct giving *giving)
{
	while (giving->n) {
		const struct gift *gift = &giving->gifts[--giving->n];
		struct vd_cover_record *record = &giving->cover->records[gift->to];
		record->n--;
		record->all = gift->before;
	}
}

/* The records that were given something become others, which the machine has to confirm. */
static bool renew(struct giving *giving)
{
	struct vd_cover *cover = giving->cover;

	for (size_t i = 0; i < giving->n; i++) {
		struct vd_cover_record *record = &cover->records[giving->gifts[i].to];
		struct seccomp_data data = vd_cover_readable(cover, record->all);
		memset(record->marks, 0, cover->n_points * sizeof(*record->marks));
		vd_cover_mark(cover, &data, record->marks);
		record->witness = (struct vd_witness){ .data = data, .free = vd_cover_unread(cover, &data) };
		for (size_t p = 0; p < record->n; p++)
			if (!record->marks[record->points[p]])
				return false;
	}
	return true;
}

/* True: the record is gone. */
static bool drop(struct giving *giving, size_t i)
{
	struct vd_cover *cover = giving->cover;
	struct vd_cover_record *record = &cover->records[i];

	giving->n = 0;
	/* the deepest point first: most often it is the one that nobody takes */
	for (size_t p = record->n; p-- > 0;)
		if (!give(giving, i, record->points[p])) {
			take_back(giving);
			return false;
		}
	if (!renew(giving)) {
		take_back(giving);
		(void)renew(giving);
		return false;
	}
	vd_cover_record_done(record);
	memmove(record, record + 1, (cover->n - i - 1) * sizeof(*record));
	cover->n--;
	return true;
}

int vd_cover_drop(struct vd_cover *cover)
{
	struct giving giving = { .cover = cover };
	bool dropped = true;

	giving.gifts = malloc((cover->n_points + 1) * sizeof(*giving.gifts));
	if (!giving.gifts)
		return -ENOMEM;
	while (dropped && !vd_bdd_spent(cover->q.bdds)) {
		dropped = false;
		for (size_t i = cover->n; i-- > 0 && cover->n > cover->bound && !vd_bdd_spent(cover->q.bdds);)
			dropped |= drop(&giving, i);
	}
	free(giving.gifts);
	return 0;
}
