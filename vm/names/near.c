/* SPDX-License-Identifier: MIT */
/* What was meant: the names at the smallest edit distance from a word. */
#include "vm/names/names.h"

#include "vm/action.h"

#include <string.h>

/* Longer words have no typing errors worth a guess; bounds the stack below. */
#define LEN_MAX 63

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static unsigned min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

struct distance {
	unsigned row[3][LEN_MAX + 1]; /* of the prefixes two before, one before, and this one */
};

/* Two neighbours swapped count as one edit, if neither is edited again. */
static void next_row(struct distance *d, const char *a, size_t i, const char *b, size_t b_len)
{
	unsigned *row = d->row[i % 3];
	const unsigned *before = d->row[(i + 2) % 3], *before2 = d->row[(i + 1) % 3];

	row[0] = (unsigned)i;
	for (size_t j = 1; j <= b_len; j++) {
		unsigned edit = lower(a[i - 1]) != lower(b[j - 1]);

		row[j] = min(min(before[j], row[j - 1]) + 1, before[j - 1] + edit);
		if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
		    lower(a[i - 2]) == lower(b[j - 1]))
			row[j] = min(row[j], before2[j - 2] + 1);
	}
}

/* Insertions, deletions, replacements and swaps of neighbours; case makes no difference. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct distance d;

	for (size_t j = 0; j <= b_len; j++)
		d.row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++)
		next_row(&d, a, i, b, b_len);
	return d.row[a_len % 3][b_len];
}

/* One edit for every three letters, three at most. */
static unsigned limit(size_t len)
{
	return min((unsigned)(len + 1) / 3, 3);
}

struct best {
	const char *word;
	size_t len;
	const char **names;
	unsigned *scores;
	size_t max, count;
};

static unsigned common_prefix(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned n = 0;

	while (n < a_len && n < b_len && lower(a[n]) == lower(b[n]))
		n++;
	return n;
}

/* Less is nearer: fewer edits, and among equals a longer common beginning. */
static unsigned score(const struct best *best, const char *name, size_t name_len)
{
	unsigned edits = distance(best->word, best->len, name, name_len);

	return edits * (LEN_MAX + 1) + LEN_MAX -
	       common_prefix(best->word, best->len, name, name_len);
}

static bool too_far(const struct best *best, size_t name_len)
{
	size_t gap = best->len > name_len ? best->len - name_len : name_len - best->len;

	return name_len == 0 || name_len > LEN_MAX || gap > limit(best->len);
}

/* Equal scores keep the order in which they came. */
static void offer(struct best *best, const char *name)
{
	size_t name_len = strlen(name), i;
	unsigned value;

	if (too_far(best, name_len))
		return;
	value = score(best, name, name_len);
	if (value / (LEN_MAX + 1) > limit(best->len))
		return;
	for (i = best->count; i > 0 && best->scores[i - 1] > value; i--)
		;
	if (i == best->max)
		return;
	if (best->count < best->max)
		best->count++;
	for (size_t j = best->count - 1; j > i; j--) {
		best->names[j] = best->names[j - 1];
		best->scores[j] = best->scores[j - 1];
	}
	best->names[i] = name;
	best->scores[i] = value;
}

/* More suggestions than this help no one. */
#define SUGGESTIONS_MAX 16

static bool start(struct best *best, unsigned *scores, const char *word, size_t len,
		  const char **ret_names, size_t max)
{
	*best = (struct best){ word, len, ret_names, scores, max, 0 };
	if (max > SUGGESTIONS_MAX)
		best->max = SUGGESTIONS_MAX;
	return len > 0 && len <= LEN_MAX && max > 0;
}

size_t vd_near(const char *word, size_t len, const char *const *candidates, size_t n,
	       const char **ret_names, size_t max)
{
	unsigned scores[SUGGESTIONS_MAX];
	struct best best;

	if (!start(&best, scores, word, len, ret_names, max))
		return 0;
	for (size_t i = 0; i < n; i++)
		offer(&best, candidates[i]);
	return best.count;
}

static void offer_syscalls(struct best *best, int abi)
{
	if (abi == VD_ABI_NONE)
		for (size_t i = 0; i < vd_syscall_names(); i++)
			offer(best, vd_syscall_name_at(i));
	for (size_t i = 0; i < vd_abi_syscalls(abi); i++)
		offer(best, vd_syscall_name(abi, vd_abi_syscall_at(abi, i)));
}

static void offer_all(struct best *best, enum vd_name_kind kind, int abi)
{
	switch (kind) {
	case VD_NAME_ABI:
		for (int i = 0; i < VD_ABI_COUNT; i++)
			offer(best, vd_abi_info(i)->name);
		break;
	case VD_NAME_SYSCALL:
		offer_syscalls(best, abi);
		break;
	case VD_NAME_ERRNO:
		for (size_t i = 0; i < vd_errno_count(); i++)
			offer(best, vd_errno_name_at(i));
		break;
	case VD_NAME_CONST:
		for (size_t i = 0; i < vd_const_count(); i++)
			offer(best, vd_const_name_at(i));
		break;
	case VD_NAME_ACTION:
		for (size_t i = 0; i < vd_action_names_count; i++)
			offer(best, vd_action_names[i]);
		break;
	}
}

size_t vd_names_near(enum vd_name_kind kind, int abi, const char *word, size_t len,
		     const char **ret_names, size_t max)
{
	unsigned scores[SUGGESTIONS_MAX];
	struct best best;

	if (!start(&best, scores, word, len, ret_names, max))
		return 0;
	offer_all(&best, kind, abi);
	return best.count;
}
