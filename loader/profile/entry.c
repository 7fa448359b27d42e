/* SPDX-License-Identifier: MIT */
/* One item of syscalls: names, action, conditions. */
#include "loader/keys.h"
#include "loader/profile/value.h"

enum { NAME, NAMES, ACTION, ERRNO_RET, ERRNO, ARGS, COMMENT, INCLUDES, EXCLUDES, ENTRY_KEYS };
static const char *const entry_names[ENTRY_KEYS] = { "name", "names",	"action",   "errnoRet", "errno",
						     "args", "comment", "includes", "excludes" };
static const struct key_table entry_keys = {
	"an item of 'syscalls'", entry_names, ENTRY_KEYS, NULL, NULL, NULL
};

enum { INDEX, VALUE, VALUE_TWO, OP, ARG_KEYS };
static const char *const arg_names[ARG_KEYS] = { "index", "value", "valueTwo", "op" };
static const struct key_table arg_keys = { "an item of 'args'", arg_names, ARG_KEYS, NULL, NULL, NULL };

enum { CAPS, ARCHES, MIN_KERNEL, CONDITION_KEYS };
static const char *const condition_names[CONDITION_KEYS] = { "caps", "arches", "minKernel" };
static const struct key_table includes_keys = {
	"'includes'", condition_names, CONDITION_KEYS, NULL, NULL, NULL
};
static const struct key_table excludes_keys = {
	"'excludes'", condition_names, CONDITION_KEYS, NULL, NULL, NULL
};

#define ARGS_MAX 6

static int missing(const struct node *node, const char *key, const char *what, struct diags *diags)
{
	diag_error(diags, &node->at, "'%s' is missing%s", key, what);
	return -1;
}

/* ------------------------------------------------------------ conditions */

/* Bits outside the mask never matter: libseccomp compares what is left of both. */
static void check_mask(const struct profile_arg *arg, const struct node *value_two, struct diags *diags)
{
	if (arg->op != PROFILE_MASKED_EQ || !(arg->value_two & ~arg->value))
		return;
	diag_warning(diags, &value_two->at, "'valueTwo' has bits that the mask in 'value' has not");
	diag_hint(diags, "runtimes compare 0x%llx: is 'value' the mask and 'valueTwo' what is compared with?",
		  (unsigned long long)(arg->value_two & arg->value));
}

static int read_arg(const struct node *node, struct diags *diags, struct profile_arg *ret_arg)
{
	const struct node *values[ARG_KEYS];
	const struct profile_word *op = NULL;
	struct profile_arg arg = { .at = node->at };
	uint64_t index = 0;
	int r = 0;

	if (keys_read(&arg_keys, node, diags, values) < 0)
		return -1;
	if (!values[INDEX])
		r = missing(node, "index", ": the number of the argument, 0 to 5", diags);
	else if (value_number(values[INDEX], "index", ARGS_MAX - 1, diags, &index) < 0)
		r = -1;
	if (!values[VALUE])
		r = missing(node, "value", "", diags);
	else if (value_number(values[VALUE], "value", UINT64_MAX, diags, &arg.value) < 0)
		r = -1;
	if (values[VALUE_TWO] && !node_is_null(values[VALUE_TWO]) &&
	    value_number(values[VALUE_TWO], "valueTwo", UINT64_MAX, diags, &arg.value_two) < 0)
		r = -1;
	if (!values[OP])
		r = missing(node, "op", ": SCMP_CMP_EQ, for example", diags);
	else if (value_word(values[OP], "op", &profile_ops, diags, &op) < 0)
		r = -1;
	if (r < 0)
		return -1;
	arg.index = (unsigned)index;
	arg.op = (enum profile_op)op->value;
	if (values[VALUE_TWO])
		check_mask(&arg, values[VALUE_TWO], diags);
	*ret_arg = arg;
	return 0;
}

static int read_args(struct arena *arena, const struct node *list, struct diags *diags,
		     struct profile_entry *entry)
{
	int r = value_list(list, "args", diags);

	if (r <= 0)
		return r;
	entry->args = arena_alloc(arena, (list->n + 1) * sizeof(*entry->args));
	r = 0;
	for (size_t i = 0; i < list->n; i++) {
		if (read_arg(list->items[i], diags, &entry->args[entry->n_args]) < 0)
			r = -1;
		else
			entry->n_args++;
	}
	return r;
}

/* Runtimes take two conditions on one argument apart, which few who write them mean. */
static void check_twice(const struct profile_entry *entry, struct diags *diags)
{
	unsigned seen = 0;

	for (size_t i = 0; i < entry->n_args; i++) {
		if (seen & 1u << entry->args[i].index) {
			diag_warning(diags, &entry->args[i].at, "argument %u is compared twice",
				     entry->args[i].index);
			diag_hint(diags,
				  "runtimes make a rule of each condition then: one that holds is enough");
			return;
		}
		seen |= 1u << entry->args[i].index;
	}
}

/* -------------------------------------------------- includes and excludes */

/* Words that no engine ever compares equal: the entry would silently never (or always) hold. */
static void check_words(const struct span *spans, size_t n, const struct profile_words *words,
			struct diags *diags)
{
	for (size_t i = 0; i < n; i++) {
		if (profile_word_find(words, &spans[i]))
			continue;
		diag_warning(diags, &spans[i], "'%.*s' is not %s that engines know: it never matches",
			     SHOWN(&spans[i]), words->what);
		int abi = vd_abi_by_name(spans[i].text->data + spans[i].off, spans[i].len);
		const char *machine = abi < 0 ? NULL : profile_word_name(&profile_machines, (uint32_t)abi);
		if (words == &profile_machines && machine)
			diag_hint(diags, "write %s", machine);
		else
			profile_word_hint(words, &spans[i], diags);
	}
}

static int read_kernel(const struct node *node, struct diags *diags, struct profile_condition *condition)
{
	if (!node->bad && (node_is_null(node) || (node->kind == NODE_SCALAR && !node->text.len)))
		return 0;
	if (node->bad || node->kind != NODE_SCALAR || !profile_kernel_parse(&node->text, condition->kernel)) {
		if (!node->bad) {
			diag_error(diags, &node->at, "'minKernel' is a kernel's version");
			diag_hint(diags, "write \"5.10\", for example");
		}
		return -1;
	}
	condition->has_kernel = true;
	return 0;
}

static int read_condition(struct arena *arena, const struct key_table *keys, const struct node *node,
			  struct diags *diags, struct profile_condition *ret_condition)
{
	const struct node *values[CONDITION_KEYS];
	struct profile_condition condition = { 0 };
	int r = 0;

	if (!node || (!node->bad && node_is_null(node)))
		return 0;
	if (keys_read(keys, node, diags, values) < 0)
		return -1;
	if (value_texts(values[CAPS], "caps", arena, diags, &condition.caps, &condition.n_caps) < 0)
		r = -1;
	if (value_texts(values[ARCHES], "arches", arena, diags, &condition.arches, &condition.n_arches) < 0)
		r = -1;
	if (values[MIN_KERNEL] && read_kernel(values[MIN_KERNEL], diags, &condition) < 0)
		r = -1;
	check_words(condition.caps, condition.n_caps, &profile_caps, diags);
	check_words(condition.arches, condition.n_arches, &profile_machines, diags);
	*ret_condition = condition;
	return r;
}

/* ------------------------------------------------------------- the whole */

/* names, or name as older profiles have it. */
static int read_names(struct arena *arena, const struct node *node, const struct node *const *values,
		      struct diags *diags, struct profile_entry *entry)
{
	bool listed = values[NAMES] && !(node_is_null(values[NAMES]) && !values[NAMES]->bad);

	if (listed && values[NAME]) {
		diag_error(diags, &values[NAME]->at, "both 'name' and 'names' are given: write one of them");
		return -1;
	}
	if (listed) {
		if (value_texts(values[NAMES], "names", arena, diags, &entry->names, &entry->n_names) < 0)
			return -1;
		if (!entry->n_names) {
			diag_error(diags, &values[NAMES]->at,
				   "'names' is empty: the system calls that are meant");
			return -1;
		}
		return 0;
	}
	if (!values[NAME])
		return missing(node, "names", ": the system calls that are meant", diags);
	entry->names = arena_alloc(arena, sizeof(*entry->names));
	entry->n_names = 1;
	return value_text(values[NAME], "name", diags, entry->names);
}

int profile_entry_read(struct arena *arena, const struct node *node, struct diags *diags,
		       struct profile_entry *ret_entry)
{
	const struct node *values[ENTRY_KEYS];
	struct profile_entry entry = { .at = node->at };
	int r = 0;

	if (keys_read(&entry_keys, node, diags, values) < 0)
		return -1;
	struct action_data data = { "errnoRet", "errno", values[ERRNO_RET], values[ERRNO] };
	if (read_names(arena, node, values, diags, &entry) < 0)
		r = -1;
	if (!values[ACTION])
		r = missing(node, "action", ": SCMP_ACT_ALLOW, for example", diags);
	else if (profile_action_read(values[ACTION], "action", &data, diags, &entry.action) < 0)
		r = -1;
	if (read_args(arena, values[ARGS], diags, &entry) < 0)
		r = -1;
	if (read_condition(arena, &includes_keys, values[INCLUDES], diags, &entry.includes) < 0)
		r = -1;
	if (read_condition(arena, &excludes_keys, values[EXCLUDES], diags, &entry.excludes) < 0)
		r = -1;
	check_twice(&entry, diags);
	*ret_entry = entry;
	return r;
}
