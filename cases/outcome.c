/* SPDX-License-Identifier: MIT */
#include "cases/outcome.h"
#include "cases/words.h"
#include "loader/expr.h"

#include <stdio.h>
#include <string.h>

#define NEAR 3
#define ERRNO_MAX 4095 /* include/linux/err.h: MAX_ERRNO, what the kernel caps ERRNO's data at */

static const char *const class_names[] = { "runs", "denied", "asks" };
#define CLASSES (sizeof(class_names) / sizeof(*class_names))

/* All that an expectation may be, for suggestions. */
static const char *const known[] = {
	"runs",	 "denied",     "asks",	"KILL_PROCESS", "KILL_THREAD", "TRAP",
	"ERRNO", "USER_NOTIF", "TRACE", "LOG",		"ALLOW",
};

static const char example[] = "write ALLOW, ERRNO(EPERM), denied, runs ..., or a list of these";

struct reader {
	struct arena *arena;
	struct diags *diags;
	struct outcome *items;
	size_t n, cap;
};

static void add(struct reader *reader, enum outcome_kind kind, uint32_t ret)
{
	reader->items = arena_grow(reader->arena, reader->items, reader->n, &reader->cap,
				   sizeof(*reader->items));
	reader->items[reader->n++] = (struct outcome){ kind, ret };
}

static bool is_name(const struct span *word)
{
	char c = word->text->data[word->off];

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The word before "(data)". */
static struct span action_word(const struct span *word)
{
	const char *text = word->text->data + word->off, *paren = memchr(text, '(', word->len);

	return span_trim(span_of(word->text, word->off, paren ? (size_t)(paren - text) : word->len));
}

static void unknown(const struct span *name, struct diags *diags)
{
	const char *near[NEAR], *text = name->text->data + name->off;
	const struct vd_const *errnum = vd_errno_by_name(text, name->len);
	size_t n = vd_near(text, name->len, known, sizeof(known) / sizeof(*known), near, NEAR);

	diag_error(diags, name, "unknown action '%.*s'", WORD_ARGS(name));
	if (errnum)
		diag_hint(diags, "write ERRNO(%s)", errnum->name);
	else if (n)
		diag_hint_names(diags, near, n);
	else
		diag_hint(diags,
			  "write an action (ALLOW, ERRNO(EPERM), KILL_PROCESS ...), runs, denied or asks");
}

/* What no stack can return, whatever its filters: NULL when it can, else what to write. */
static const char *impossible(const struct expr_action *action, char *buf, size_t size)
{
	uint32_t ret = action->ret, rank = ret & 0xffff0000u, data = ret & 0xffff;
	const char *name = vd_action_name(ret);

	if (action->raw) {
		/* a value over ALLOW's never replaces the ALLOW that the kernel starts from */
		if (rank == SECCOMP_RET_ALLOW && data)
			return "ALLOW's data never arrives: write ALLOW";
		return (int32_t)rank > (int32_t)SECCOMP_RET_ALLOW
			       ? "values over ALLOW's never stand: write ALLOW"
			       : NULL;
	}
	if (!action->has_data)
		return NULL;
	if (rank == SECCOMP_RET_ERRNO && data > ERRNO_MAX) {
		snprintf(buf, size,
			 "the kernel caps ERRNO's data at %d: write ERRNO(%d), or 0x%08x for the raw value",
			 ERRNO_MAX, ERRNO_MAX, ret);
		return buf;
	}
	if (data && vd_effective(ret) != ret && rank != SECCOMP_RET_USER_NOTIF) {
		snprintf(buf, size, "the kernel drops %s's data: write %s", name, name);
		return buf;
	}
	return NULL;
}

static void add_action(struct reader *reader, const struct span *word)
{
	struct span name = action_word(word);
	struct expr_action action;
	uint32_t known_action;
	const char *why;
	char buf[128];

	if (is_name(&name) && vd_action_by_name(name.text->data + name.off, name.len, &known_action) < 0) {
		unknown(&name, reader->diags);
		return;
	}
	if (expr_action(word, reader->diags, &action) < 0)
		return;
	why = impossible(&action, buf, sizeof(buf));
	if (why) {
		diag_error(reader->diags, word, "no kernel decides '%.*s'", WORD_ARGS(word));
		diag_hint(reader->diags, "%s", why);
		return;
	}
	add(reader, action.raw ? OUTCOME_RAW : action.has_data ? OUTCOME_DATA : OUTCOME_ACTION, action.ret);
}

static void add_word(void *userdata, const struct node *node)
{
	struct reader *reader = userdata;
	struct span word = span_trim(node->text);

	if (word_check(node, "a verdict", reader->diags) < 0) {
		if (!node->bad)
			diag_hint(reader->diags, "%s", example);
		return;
	}
	for (size_t i = 0; i < CLASSES; i++) {
		if (span_is(&word, class_names[i])) {
			add(reader, (enum outcome_kind)(OUTCOME_RUNS + i), 0);
			return;
		}
	}
	add_action(reader, &word);
}

struct outcomes outcomes_read(const struct node *node, struct arena *arena, struct diags *diags)
{
	struct reader reader = { .arena = arena, .diags = diags };
	size_t errors = diags->errors;

	words_each(node, "a verdict", diags, add_word, &reader);
	if (!reader.n && !node->bad && diags->errors == errors) {
		diag_error(diags, &node->at, "nothing is expected");
		diag_hint(diags, "%s", example);
	}
	return (struct outcomes){ reader.items, reader.n };
}

static bool match(const struct outcome *outcome, uint32_t raw)
{
	uint32_t ret = vd_effective(raw), rank = ret & 0xffff0000u, data = ret & 0xffff;
	bool fails = rank == SECCOMP_RET_ERRNO && data;

	switch (outcome->kind) {
	case OUTCOME_RAW:
		return raw == outcome->ret;
	case OUTCOME_DATA:
		/* no notification carries it, but the stack returns it: claims may be about which one stands
		 */
		return ret == outcome->ret || (rank == SECCOMP_RET_USER_NOTIF && raw == outcome->ret);
	case OUTCOME_ACTION:
		return rank == outcome->ret && (rank != SECCOMP_RET_ERRNO || data);
	case OUTCOME_RUNS:
		return rank == SECCOMP_RET_ALLOW || rank == SECCOMP_RET_LOG;
	case OUTCOME_DENIED:
		return rank == SECCOMP_RET_KILL_PROCESS || rank == SECCOMP_RET_KILL_THREAD ||
		       rank == SECCOMP_RET_TRAP || fails;
	case OUTCOME_ASKS:
		return rank == SECCOMP_RET_TRACE || rank == SECCOMP_RET_USER_NOTIF;
	}
	return false;
}

bool outcomes_match(const struct outcomes *outcomes, uint32_t ret)
{
	for (size_t i = 0; i < outcomes->n; i++)
		if (match(&outcomes->items[i], ret))
			return true;
	return false;
}

size_t outcomes_edges(const struct outcomes *outcomes, uint64_t *ret_edges)
{
	static const uint32_t actions[] = { 0,
					    SECCOMP_RET_KILL_PROCESS,
					    SECCOMP_RET_TRAP,
					    SECCOMP_RET_ERRNO,
					    SECCOMP_RET_USER_NOTIF,
					    SECCOMP_RET_TRACE,
					    SECCOMP_RET_LOG,
					    SECCOMP_RET_ALLOW };
	/* an action's data: none, some, what is capped; then the next action */
	static const uint32_t data[] = { 0, 1, ERRNO_MAX, 0x10000 };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		for (size_t j = 0; j < sizeof(data) / sizeof(*data); j++, n++)
			if (ret_edges)
				ret_edges[n] = (uint64_t)actions[i] + data[j];
	for (size_t i = 0; i < outcomes->n; i++)
		for (unsigned j = 0; j < 2; j++, n++)
			if (ret_edges)
				ret_edges[n] = (uint64_t)outcomes->items[i].ret + j;
	return n;
}
