/* SPDX-License-Identifier: MIT */
/* Who answers the target: a supervisor, a tracer. */
#include "cases/scenario/scenario.h"
#include "cases/words.h"
#include "loader/expr.h"

#include <string.h>

static bool read_saw(struct scenario_reader *reader, const struct node *node, struct sc_call *ret_call)
{
	if (node->bad)
		return false;
	if (node->kind != NODE_SCALAR) {
		diag_error(reader->diags, &node->at, "a call is a text, this is %s", node_kind_name(node));
		return false;
	}
	return sc_call_read(&node->text, reader->scenario, SC_SEEN, reader->arena, reader->diags, ret_call,
			    NULL) == 0;
}

/* ----------------------------------------------------------------- acts -- */

/* {fd: text, at: 7}: a descriptor of a file that holds the text. */
static void read_descriptor(struct scenario_reader *reader, const struct node *node, bool send,
			    struct sc_act *act)
{
	const struct node *keys[DESCRIPTOR_KEYS];

	act->kind = SC_ADD;
	act->send = send;
	act->value = -1;
	if (keys_read(&descriptor_keys, node, reader->diags, keys) < 0)
		return;
	if (!keys[DESCRIPTOR_FD])
		diag_error(reader->diags, &node->at, "'fd' is missing: what the file holds");
	else
		(void)scenario_text(reader, keys[DESCRIPTOR_FD], "what the file holds", &act->text,
				    &act->len);
	if (keys[DESCRIPTOR_AT])
		act->value = scenario_number(reader, keys[DESCRIPTOR_AT], 1000);
}

static void read_reply(struct scenario_reader *reader, const struct node *node, struct sc_act *act)
{
	struct sc_result result;
	struct span word;

	if (node->kind == NODE_MAP) {
		read_descriptor(reader, node, true, act);
		return;
	}
	act->kind = SC_REPLY;
	if (!scenario_word(reader, node, "a reply", &word))
		return;
	if (span_is(&word, "continue"))
		act->kind = SC_REPLY_CONTINUE;
	else if (span_is(&word, "length"))
		act->kind = SC_REPLY_LENGTH;
	else if (sc_result_read(&word, reader->diags, &result) == 0)
		act->value = result.value;
}

/* One of two words. */
static bool read_choice(struct scenario_reader *reader, const struct node *node, const char *what,
			const char *first, const char *second)
{
	struct span word;

	if (!scenario_word(reader, node, what, &word) || span_is(&word, first))
		return true;
	if (!span_is(&word, second))
		diag_error(reader->diags, &word, "this is '%s' or '%s'", first, second);
	return false;
}

static void read_rewrite(struct scenario_reader *reader, const struct node *node, struct sc_act *act)
{
	const struct scenario *scenario = reader->scenario;

	act->kind = SC_REWRITE;
	if (node->bad)
		return;
	if (node->kind != NODE_MAP || node->n != 1) {
		diag_error(reader->diags, &node->at,
			   "what is rewritten is one piece of data: {path: /tmp/b}");
		return;
	}
	const struct node *key = node->pairs[0].key;
	for (size_t i = 0; i < scenario->n_vars; i++)
		if (scenario->vars[i].step < 0 && node_is(key, scenario->vars[i].name)) {
			act->value = (int64_t)i;
			(void)scenario_text(reader, node->pairs[0].value, "data", &act->text, &act->len);
			return;
		}
	diag_error(reader->diags, &key->at, "the scenario's 'data' has no such name");
}

static bool goes_up(const char *path)
{
	for (const char *at = path; (at = strstr(at, "/.."));) {
		at += 3;
		if (!*at || *at == '/')
			return true;
	}
	return false;
}

/* Below the scenario's folder, which is removed in the end, and nowhere else. */
static void read_mkdir(struct scenario_reader *reader, const struct node *node, struct sc_act *act)
{
	act->kind = SC_MKDIR;
	if (!scenario_text(reader, node, "a folder", &act->text, &act->len))
		return;
	if (!strncmp(act->text, "$tmp/", 5) && !goes_up(act->text))
		return;
	diag_error(reader->diags, &node->at, "a supervisor makes folders below $tmp only");
	act->text = NULL;
}

static void read_act_key(struct scenario_reader *reader, enum act_key key, const struct node *node,
			 struct sc_act *act)
{
	switch (key) {
	case ACT_REPLY:
		read_reply(reader, node, act);
		break;
	case ACT_ADD:
		read_descriptor(reader, node, false, act);
		break;
	case ACT_DELAY:
		act->kind = SC_DELAY;
		act->value = scenario_time(reader, node);
		break;
	case ACT_SIGNAL:
		act->kind = SC_SIGNAL;
		act->value = scenario_signal(reader, node);
		break;
	case ACT_ID:
		act->kind = read_choice(reader, node, "an id's state", "valid", "gone") ? SC_ID_VALID
											: SC_ID_GONE;
		break;
	case ACT_REWRITE:
		read_rewrite(reader, node, act);
		break;
	case ACT_MKDIR:
		read_mkdir(reader, node, act);
		break;
	case ACT_MEMORY:
		act->kind = read_choice(reader, node, "what is done with memory", "open", "empty")
				    ? SC_MEMORY_OPEN
				    : SC_MEMORY_EMPTY;
		break;
	case ACT_FAILS:
	case ACT_KEYS:
		break;
	}
}

static void read_fails(struct scenario_reader *reader, const struct node *node, struct sc_act *act)
{
	struct sc_result result;
	struct span word;

	if (!scenario_word(reader, node, "an errno", &word) ||
	    sc_result_read(&word, reader->diags, &result) < 0)
		return;
	if (result.value >= 0 || result.value < -4095)
		diag_error(reader->diags, &word, "'fails' is an errno: ENOENT");
	else
		act->fails = (int)-result.value;
}

static void read_act_map(struct scenario_reader *reader, const struct node *node, struct sc_act *act)
{
	const struct node *keys[ACT_KEYS];
	size_t n = 0, errors = reader->diags->errors;

	if (keys_read(&act_keys, node, reader->diags, keys) < 0)
		return;
	for (int key = 0; key < ACT_FAILS; key++)
		if (keys[key]) {
			read_act_key(reader, (enum act_key)key, keys[key], act);
			n++;
		}
	if (keys[ACT_FAILS])
		read_fails(reader, keys[ACT_FAILS], act);
	if (n == 1 || reader->diags->errors != errors)
		return;
	diag_error(reader->diags, &node->at, n ? "this is more than one act" : "nothing is done here");
	diag_hint(reader->diags, n ? "what is done in order is a list: [delay: 50ms, reply: 0]" : "write %s",
		  act_keys.form);
}

static void read_act(struct scenario_reader *reader, const struct node *node, struct sc_act *act)
{
	*act = (struct sc_act){ .line = node->line };
	if (node->kind != NODE_SCALAR) {
		read_act_map(reader, node, act);
	} else if (node_is(node, "kill")) {
		act->kind = SC_KILL;
	} else if (node_is(node, "leave") || node_is(node, "die")) {
		/* the kernel closes a dead supervisor's listener */
		act->kind = SC_LEAVE;
	} else if (!node->bad) {
		diag_error(reader->diags, &node->at, "this is nothing that a supervisor does");
		diag_hint(reader->diags, "write %s", act_keys.form);
	}
}

static bool sees_string(const struct sc_notice *notice)
{
	for (unsigned i = 0; i < notice->saw.n; i++)
		if (notice->saw.args[i].kind == SC_STRING)
			return true;
	return false;
}

/* What was opened must be open, and what has a length must be there. */
static void check_acts(struct scenario_reader *reader, const struct sc_notice *notice,
		       const struct node *node)
{
	bool open = false;

	for (size_t i = 0; i < notice->n; i++) {
		if (notice->acts[i].kind == SC_REPLY_LENGTH && !sees_string(notice)) {
			diag_error(reader->diags, &node->at, "the call that was seen has no string");
			diag_hint(reader->diags, "'reply: length' answers with the length of its first one");
		}
		open |= notice->acts[i].kind == SC_MEMORY_OPEN;
		if (notice->acts[i].kind == SC_MEMORY_EMPTY && !open)
			diag_error(reader->diags, &node->at, "'memory: empty' comes after 'memory: open'");
	}
}

/* ------------------------------------------------------------ supervisor -- */

static void read_notice(struct scenario_reader *reader, const struct node *node, struct sc_notice *notice)
{
	const struct node *keys[NOTICE_KEYS], *const *items, *one;
	size_t errors = reader->diags->errors;

	*notice = (struct sc_notice){ .line = node->line };
	if (node->kind == NODE_SCALAR && node_is(node, "gone")) {
		notice->gone = true;
		return;
	}
	if (keys_read(&notice_keys, node, reader->diags, keys) < 0)
		return;
	if (!keys[NOTICE_SAW]) {
		if (reader->diags->errors == errors)
			diag_error(reader->diags, &node->at,
				   "'saw' is missing: the call that the supervisor sees");
		return;
	}
	(void)read_saw(reader, keys[NOTICE_SAW], &notice->saw);
	if (!keys[NOTICE_REPLY] == !keys[NOTICE_THEN]) {
		diag_error(reader->diags, &node->at, "what does the supervisor do then?");
		diag_hint(reader->diags, "write 'reply: EPERM', or 'then: [...]'; not both");
		return;
	}
	if (keys[NOTICE_REPLY]) {
		notice->acts = arena_alloc(reader->arena, sizeof(*notice->acts));
		notice->acts[0].line = keys[NOTICE_REPLY]->line;
		notice->n = 1;
		read_reply(reader, keys[NOTICE_REPLY], notice->acts);
		if (reader->diags->errors == errors)
			check_acts(reader, notice, keys[NOTICE_REPLY]);
		return;
	}
	size_t n = scenario_items(keys[NOTICE_THEN], &items, &one);
	notice->acts = arena_alloc(reader->arena, n * sizeof(*notice->acts) + 1);
	for (size_t i = 0; i < n; i++)
		read_act(reader, items[i], &notice->acts[notice->n++]);
	if (reader->diags->errors == errors)
		check_acts(reader, notice, keys[NOTICE_THEN]);
}

void scenario_read_supervisor(struct scenario_reader *reader, const struct node *node)
{
	struct scenario *scenario = reader->scenario;
	const struct node *const *items, *one;
	size_t n = scenario_items(node, &items, &one);

	if (node->bad)
		return;
	scenario->supervised = true;
	scenario->notices = arena_alloc(reader->arena, n * sizeof(*scenario->notices) + 1);
	for (size_t i = 0; i < n; i++)
		read_notice(reader, items[i], &scenario->notices[scenario->n_notices++]);
}

/* ---------------------------------------------------------------- tracer -- */

static void read_trace(struct scenario_reader *reader, const struct node *node, struct sc_trace *trace)
{
	const struct node *keys[TRACER_KEYS];
	size_t errors = reader->diags->errors;
	struct sc_result result;
	struct span word;

	*trace = (struct sc_trace){ .line = node->line, .data = -1 };
	if (keys_read(&tracer_keys, node, reader->diags, keys) < 0)
		return;
	if (keys[TRACER_SAW])
		(void)read_saw(reader, keys[TRACER_SAW], &trace->saw);
	else if (reader->diags->errors == errors)
		diag_error(reader->diags, &node->at, "'saw' is missing: the call that the tracer sees");
	if (keys[TRACER_DATA])
		trace->data = (int)scenario_number(reader, keys[TRACER_DATA], 0xffff);
	if (keys[TRACER_SKIP] && keys[TRACER_CHANGE])
		diag_error(reader->diags, &keys[TRACER_CHANGE]->at, "a call is skipped or changed, not both");
	if (keys[TRACER_SKIP] && scenario_word(reader, keys[TRACER_SKIP], "a result", &word) &&
	    sc_result_read(&word, reader->diags, &result) == 0) {
		trace->answer = SC_SKIP;
		trace->value = result.value;
	}
	if (keys[TRACER_CHANGE] && scenario_word(reader, keys[TRACER_CHANGE], "a call", &word) &&
	    sc_call_read(&keys[TRACER_CHANGE]->text, reader->scenario, 0, reader->arena, reader->diags,
			 &trace->change, NULL) == 0)
		trace->answer = SC_CHANGE;
}

void scenario_read_tracer(struct scenario_reader *reader, const struct node *node)
{
	struct scenario *scenario = reader->scenario;
	const struct node *const *items, *one;
	size_t n = scenario_items(node, &items, &one);

	if (node->bad)
		return;
	scenario->traced = true;
	scenario->traces = arena_alloc(reader->arena, n * sizeof(*scenario->traces) + 1);
	for (size_t i = 0; i < n; i++)
		read_trace(reader, items[i], &scenario->traces[scenario->n_traces++]);
}
