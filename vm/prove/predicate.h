/* SPDX-License-Identifier: MIT */
/* A reader of predicates for tests: what vd_map_when() writes, taken by RULES' precedence and nothing else.
 */
#ifndef VM_PROVE_PREDICATE_H
#define VM_PROVE_PREDICATE_H

#include "vm/testing.h"
#include "vm/verdict.h"

#include <stdlib.h>
#include <string.h>

struct predicate {
	const char *at;
	const struct seccomp_data *data;
};

static bool predicate_or(struct predicate *p);

static inline bool predicate_take(struct predicate *p, const char *word)
{
	size_t len = strlen(word);

	while (*p->at == ' ')
		p->at++;
	if (strncmp(p->at, word, len))
		return false;
	p->at += len;
	return true;
}

static inline uint64_t predicate_value(struct predicate *p)
{
	uint64_t value = 0;
	char *end;

	if (predicate_take(p, "(")) {
		value = predicate_value(p);
		ck_assert(predicate_take(p, "&"));
		value &= predicate_value(p);
		ck_assert(predicate_take(p, ")"));
		return value;
	}
	if (predicate_take(p, "arg"))
		value = p->data->args[*p->at++ - '0'];
	else if (predicate_take(p, "ip"))
		value = p->data->instruction_pointer;
	else if (predicate_take(p, "u32(nr)"))
		value = (uint32_t)p->data->nr;
	else {
		value = strtoull(p->at, &end, 0);
		ck_assert_msg(end != p->at, "no value at '%s'", p->at);
		p->at = end;
		return value;
	}
	return predicate_take(p, ".lo") ? (uint32_t)value : predicate_take(p, ".hi") ? value >> 32 : value;
}

/* What begins with a parenthesis is a number when '&' comes before anything that closes or compares. */
static inline bool predicate_nested(const struct predicate *p)
{
	const char *at = p->at;

	while (*at == ' ')
		at++;
	return *at == '(' && at[1 + strcspn(at + 1, "&=<>!|()")] != '&' && strncmp(at, "(u32(nr) &", 10);
}

static inline bool predicate_compare(struct predicate *p)
{
	bool r;

	if (predicate_take(p, "!(")) {
		r = !predicate_or(p);
		ck_assert(predicate_take(p, ")"));
		return r;
	}
	if (predicate_nested(p)) {
		ck_assert(predicate_take(p, "("));
		r = predicate_or(p);
		ck_assert(predicate_take(p, ")"));
		return r;
	}
	uint64_t a = predicate_value(p);
	if (predicate_take(p, "=="))
		return a == predicate_value(p);
	if (predicate_take(p, "!="))
		return a != predicate_value(p);
	if (predicate_take(p, "<="))
		return a <= predicate_value(p);
	if (predicate_take(p, ">="))
		return a >= predicate_value(p);
	if (predicate_take(p, "<"))
		return a < predicate_value(p);
	if (predicate_take(p, ">"))
		return a > predicate_value(p);
	return a != 0;
}

static inline bool predicate_and(struct predicate *p)
{
	bool r = predicate_compare(p);

	while (predicate_take(p, "&&"))
		r = predicate_compare(p) & r;
	return r;
}

static bool predicate_or(struct predicate *p)
{
	bool r = predicate_and(p);

	while (predicate_take(p, "||"))
		r = predicate_and(p) | r;
	return r;
}

static inline bool predicate_holds(const char *text, const struct seccomp_data *data)
{
	struct predicate p = { text, data };
	bool r = predicate_or(&p);

	ck_assert_msg(!*p.at, "left: '%s' of '%s'", p.at, text);
	return r;
}

#endif
