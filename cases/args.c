/* SPDX-License-Identifier: MIT */
#include "cases/args.h"
#include "cases/words.h"
#include "loader/expr.h"

#include <string.h>

#define ARGS 6
#define NAMED_MAX 4096 /* system calls that argument names are looked up for */
#define NEAR 3

/* One entry of `args`. */
struct arg {
	const struct node *key; /* NULL: by its place in a list */
	bool named;
	unsigned index; /* when not named */
	struct values *values;
	bool refused; /* its name was diagnosed for one call: not again for all others */
};

/* Calls whose argument names fall on the same numbers. */
struct group {
	unsigned index[ARGS]; /* of arg i */
	struct set_builder numbers;
};

struct reader {
	const struct archs *archs;
	struct arena *arena;
	struct diags *diags;
	struct arg args[ARGS];
	size_t n;
	bool named; /* some are */
	const struct values *ip;
	struct box *boxes;
	size_t *parts;
	size_t n_boxes, cap_boxes, cap_parts;
};

/* ------------------------------------------------------------- entries */

static void add_arg(struct reader *reader, const struct node *key, bool named, unsigned index,
		    const struct node *value)
{
	struct arg arg = { .key = key, .named = named, .index = index };

	arg.values = arena_alloc(reader->arena, sizeof(*arg.values));
	/* its name is looked up all the same, so that all that is wrong is told */
	if (values_read(value, reader->archs, reader->arena, reader->diags, arg.values) < 0)
		*arg.values = values_any;
	reader->args[reader->n++] = arg;
	reader->named |= named;
}

static void read_list(struct reader *reader, const struct node *list)
{
	if (list->n > ARGS) {
		diag_error(reader->diags, &list->items[ARGS]->at, "a system call has at most %d arguments",
			   ARGS);
		return;
	}
	for (size_t i = 0; i < list->n; i++)
		add_arg(reader, NULL, false, (unsigned)i, list->items[i]);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void read_pair(struct reader *reader, const struct pair *pair)
{
	const struct span *key = &pair->key->text;
	bool named = key->len && !is_digit(key->text->data[key->off]) && key->text->data[key->off] != '-';
	uint64_t index = 0;

	if (pair->key->bad || pair->value->bad)
		return;
	if (word_check(pair->key, "an argument's name or number", reader->diags) < 0)
		return;
	if (!named && expr_const_bits(key, 64, reader->diags, &index) < 0)
		return;
	if (index >= ARGS) {
		diag_error(reader->diags, &pair->key->at, "arguments are numbered 0 to %d", ARGS - 1);
		return;
	}
	if (reader->n == ARGS) {
		diag_error(reader->diags, &pair->key->at, "a system call has at most %d arguments", ARGS);
		return;
	}
	for (size_t i = 0; !named && i < reader->n; i++) {
		if (reader->args[i].named || reader->args[i].index != index)
			continue;
		diag_error(reader->diags, &pair->key->at, "argument %u is given already", (unsigned)index);
		return;
	}
	add_arg(reader, pair->key, named, (unsigned)index, pair->value);
}

static void read_args(struct reader *reader, const struct node *args)
{
	if (args->kind == NODE_LIST) {
		read_list(reader, args);
	} else if (args->kind == NODE_MAP) {
		for (size_t i = 0; i < args->n; i++)
			read_pair(reader, &args->pairs[i]);
	} else if (!node_is_null(args)) {
		diag_error(reader->diags, &args->at,
			   "args is a list of values, or a mapping by name or number");
		diag_hint(reader->diags, "write, for instance, 'args: [%.*s]' or 'args: {0: %.*s}'",
			  WORD_ARGS(&args->text), WORD_ARGS(&args->text));
	}
}

/* --------------------------------------------------------------- names */

static bool has_names(int abi)
{
	struct vd_arg args[ARGS];
	uint32_t nr;

	return vd_syscall_number(abi, "read", 4, &nr) == 0 && vd_syscall_args(abi, nr, args) >= 0;
}

static void refuse_name(const struct reader *reader, const struct span *key, const struct arch_part *part,
			uint32_t nr)
{
	const char *abi = vd_abi_info(part->abi)->name, *call = vd_syscall_name(part->abi, nr), *names[ARGS],
		   *near[NEAR];
	struct vd_arg args[ARGS];
	int n = vd_syscall_args(part->abi, nr, args);

	if (n < 0 && !has_names(part->abi)) {
		diag_error(reader->diags, key, "the names of %s's arguments are not known", abi);
		diag_hint(reader->diags, "write the argument's number, counted from 0, instead of '%.*s'",
			  WORD_ARGS(key));
		return;
	}
	if (n < 0) {
		diag_error(reader->diags, key, "the names of the arguments of %s's call %u are not known",
			   abi, nr);
		diag_hint(reader->diags, "write the argument's number, counted from 0, instead of '%.*s'",
			  WORD_ARGS(key));
		return;
	}
	for (int i = 0; i < n; i++)
		names[i] = args[i].name;
	diag_error(reader->diags, key, "%s's %s has no argument '%.*s'", abi, call ? call : "call",
		   WORD_ARGS(key));
	size_t found = vd_near(key->text->data + key->off, key->len, names, (size_t)n, near, NEAR);
	char list[128] = "";
	for (int i = 0, at = 0; i < n && at < (int)sizeof(list); i++)
		at += snprintf(list + at, sizeof(list) - (size_t)at, "%s%s", i ? ", " : "", names[i]);
	if (found)
		diag_hint_names(reader->diags, near, found);
	else if (n)
		diag_hint(reader->diags, "its arguments are: %s", list);
	else
		diag_hint(reader->diags, "it has no arguments");
}

/* Where the args of a case fall for one call. -1: diagnosed. */
static int resolve(struct reader *reader, const struct arch_part *part, uint32_t nr, unsigned *ret_index)
{
	struct vd_arg known[ARGS];
	int n = vd_syscall_args(part->abi, nr, known), r = 0;
	bool taken[ARGS] = { false };

	for (size_t i = 0; i < reader->n; i++) {
		struct arg *arg = &reader->args[i];
		unsigned at = arg->index;
		for (at = arg->named ? 0 : at; arg->named && (int)at < n; at++)
			if (span_is(&arg->key->text, known[at].name))
				break;
		if (arg->named && (int)at >= (n < 0 ? 0 : n)) {
			if (!arg->refused)
				refuse_name(reader, &arg->key->text, part, nr);
			arg->refused = true;
			r = -1;
			continue;
		}
		if (taken[at]) {
			if (!arg->refused)
				diag_error(reader->diags, &arg->key->at, "argument %u of %s is given already",
					   at, vd_syscall_name(part->abi, nr));
			arg->refused = true;
			r = -1;
			continue;
		}
		taken[at] = true;
		ret_index[i] = at;
	}
	return r;
}

/* --------------------------------------------------------------- boxes */

static void add_box(struct reader *reader, size_t i, const struct set *numbers, const unsigned *index)
{
	const struct arch_part *part = &reader->archs->parts[i];
	struct box *box;

	reader->boxes = arena_grow(reader->arena, reader->boxes, reader->n_boxes, &reader->cap_boxes,
				   sizeof(*reader->boxes));
	reader->parts = arena_grow(reader->arena, reader->parts, reader->n_boxes, &reader->cap_parts,
				   sizeof(*reader->parts));
	box = &reader->boxes[reader->n_boxes];
	reader->parts[reader->n_boxes++] = i;
	*box = (struct box){
		.nr = numbers, .arch = &part->words, .big_endian = part->big_endian, .abi = part->abi
	};
	box->values[0] = values_of(reader->ip, part);
	for (size_t arg = 0; arg < ARGS; arg++)
		box->values[1 + arg] = values_of(&values_any, part);
	for (size_t arg = 0; arg < reader->n; arg++)
		box->values[1 + index[arg]] = values_of(reader->args[arg].values, part);
}

static int refuse_open(const struct reader *reader)
{
	for (size_t i = 0; i < reader->n; i++) {
		if (!reader->args[i].named)
			continue;
		diag_error(reader->diags, &reader->args[i].key->at,
			   "an argument's name needs a named system call");
		diag_hint(reader->diags, "write the argument's number, counted from 0, instead of '%.*s'",
			  WORD_ARGS(&reader->args[i].key->text));
		break;
	}
	return -1;
}

/* Groups the calls of a part by what the names mean there. */
static int add_named(struct reader *reader, size_t i, const struct set *numbers)
{
	const struct arch_part *part = &reader->archs->parts[i];
	struct group *groups = NULL;
	size_t n = 0, cap = 0;
	uint64_t nr = 0;
	int r = 0;

	if (part->abi == VD_ABI_NONE || set_count(numbers) > NAMED_MAX)
		return refuse_open(reader);
	for (bool more = set_next(numbers, 0, &nr); more; more = set_next(numbers, nr + 1, &nr)) {
		unsigned index[ARGS] = { 0 };
		size_t at = 0;
		if (resolve(reader, part, (uint32_t)nr, index) < 0) {
			r = -1;
			continue;
		}
		while (at < n && memcmp(groups[at].index, index, sizeof(index)))
			at++;
		if (at == n) {
			groups = arena_grow(reader->arena, groups, n, &cap, sizeof(*groups));
			groups[n] = (struct group){ .numbers = { .arena = reader->arena } };
			memcpy(groups[n++].index, index, sizeof(index));
		}
		set_add(&groups[at].numbers, nr, nr);
	}
	for (size_t at = 0; r == 0 && at < n; at++) {
		struct set set = set_build(&groups[at].numbers);
		add_box(reader, i, arena_copy(reader->arena, &set, sizeof(set)), groups[at].index);
	}
	return r;
}

int boxes_read(const struct archs *archs, const struct set *calls, const struct node *args,
	       const struct node *ip, struct arena *arena, struct diags *diags, struct box **ret_boxes,
	       size_t **ret_parts, size_t *ret_n)
{
	struct reader reader = { .archs = archs, .arena = arena, .diags = diags, .ip = &values_any };
	struct values *ip_values = ip ? arena_alloc(arena, sizeof(*ip_values)) : NULL;
	unsigned index[ARGS];
	size_t errors = diags->errors;
	int r = 0;

	if (args && !args->bad)
		read_args(&reader, args);
	if (ip && values_read(ip, archs, arena, diags, ip_values) == 0)
		reader.ip = ip_values;
	if ((args && args->bad) || (ip && ip->bad))
		return -1;
	for (size_t i = 0; i < reader.n; i++)
		index[i] = reader.args[i].index;
	for (size_t i = 0; i < archs->n; i++) {
		if (!calls[i].n)
			continue;
		if (!reader.named)
			add_box(&reader, i, &calls[i], index);
		else if (add_named(&reader, i, &calls[i]) < 0)
			r = -1;
	}
	*ret_boxes = reader.boxes;
	*ret_parts = reader.parts;
	*ret_n = reader.n_boxes;
	return diags->errors == errors ? r : -1;
}
