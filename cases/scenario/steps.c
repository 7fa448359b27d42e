/* SPDX-License-Identifier: MIT */
/* The steps of a scenario's target. */
#include "cases/scenario/scenario.h"
#include "cases/words.h"
#include "loader/expr.h"
#include "loader/kernel/install.h"

#include <string.h>

static int flag_of(const struct span *word)
{
	static const struct {
		const char *name;
		unsigned flag;
	} flags[] = {
		{ "TSYNC", KERNEL_FLAG_TSYNC },
		{ "LOG", KERNEL_FLAG_LOG },
		{ "SPEC_ALLOW", KERNEL_FLAG_SPEC_ALLOW },
		{ "NEW_LISTENER", KERNEL_FLAG_NEW_LISTENER },
		{ "TSYNC_ESRCH", KERNEL_FLAG_TSYNC_ESRCH },
		{ "WAIT_KILLABLE_RECV", KERNEL_FLAG_WAIT_KILLABLE_RECV },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (span_is(word, flags[i].name))
			return (int)flags[i].flag;
	return -1;
}

struct flag_reader {
	struct scenario_reader *reader;
	unsigned flags;
};

static void add_flag(void *userdata, const struct node *node)
{
	struct flag_reader *flags = userdata;
	struct scenario_reader *reader = flags->reader;
	struct span word;

	if (!scenario_word(reader, node, "a flag", &word))
		return;
	int flag = flag_of(&word);
	if (flag >= 0) {
		flags->flags |= (unsigned)flag;
		return;
	}
	diag_error(reader->diags, &word, "this is no flag of seccomp(2)");
	diag_hint(reader->diags,
		  "they are TSYNC, LOG, SPEC_ALLOW, NEW_LISTENER, TSYNC_ESRCH and WAIT_KILLABLE_RECV");
}

static void read_install(struct scenario_reader *reader, const struct node *const *keys, struct sc_step *step)
{
	struct flag_reader flags = { .reader = reader };
	struct span name;

	step->kind = SC_INSTALL;
	if (keys[STEP_FLAGS])
		words_each(keys[STEP_FLAGS], "a flag", reader->diags, add_flag, &flags);
	step->flags = flags.flags;
	step->result = (struct sc_result){ .kind = flags.flags & KERNEL_FLAG_NEW_LISTENER ? SC_AT_LEAST
											  : SC_EQUALS };
	const struct filter *filter = scenario_filter(reader, keys[STEP_INSTALL], &name);
	if (!filter)
		return;
	if (filter->source.n != 1) {
		diag_error(reader->diags, &name, "a step installs one program, this filter has %zu",
			   filter->source.n);
		diag_hint(reader->diags, "the scenario's 'stack' installs all of a filter's programs");
		return;
	}
	step->insns = filter->source.programs[0].insns;
	step->len = filter->source.programs[0].len;
	step->text = arena_printf(reader->arena, "install: %s", filter->name);
}

/* What a step without `= ...` returns is not looked at. */
static void read_call(struct scenario_reader *reader, const struct node *node, struct sc_step *step)
{
	step->kind = SC_CALL;
	step->result = (struct sc_result){ .kind = SC_WHATEVER };
	if (node->bad)
		return;
	if (node->kind != NODE_SCALAR) {
		diag_error(reader->diags, &node->at, "a call is a text, this is %s", node_kind_name(node));
		return;
	}
	if (sc_call_read(&node->text, reader->scenario, 0, reader->arena, reader->diags, &step->call,
			 &step->result) == 0)
		step->text = step->call.text;
}

static void read_trap(struct scenario_reader *reader, const struct node *node, struct sc_step *step)
{
	const struct node *keys[TRAP_KEYS];
	int abi = step->call.abi;
	struct span word;
	uint32_t nr;

	step->traps = true;
	if (node->kind == NODE_SCALAR && node_is(node, "any"))
		return;
	if (keys_read(&trap_keys, node, reader->diags, keys) < 0)
		return;
	if (keys[TRAP_DATA])
		step->trap_data = (int)scenario_number(reader, keys[TRAP_DATA], 0xffff);
	if (keys[TRAP_ARCH] && scenario_word(reader, keys[TRAP_ARCH], "an ABI", &word))
		(void)expr_arch(&word, reader->diags, &abi, &step->trap_arch);
	if (keys[TRAP_SYSCALL] && scenario_word(reader, keys[TRAP_SYSCALL], "a system call", &word) &&
	    expr_syscall(&word, abi, reader->diags, &nr) == 0)
		step->trap_call = (int32_t)nr & 0x7fffffff;
}

static bool is_name(const struct span *word)
{
	const char *text = word->text->data + word->off;

	for (size_t i = 0; i < word->len; i++)
		if (!(text[i] == '_' || (text[i] >= 'a' && text[i] <= 'z') ||
		      (i && text[i] >= '0' && text[i] <= '9')))
			return false;
	return word->len < 64;
}

/* A name for arguments of later steps: a step's result, or data (step -1). */
static void add_variable(struct scenario_reader *reader, const struct span *word, int step, const char *text,
			 size_t len)
{
	struct scenario *scenario = reader->scenario;
	const char *name = arena_text(reader->arena, word->text->data + word->off, word->len);

	if (!is_name(word) || !strcmp(name, "tmp")) {
		diag_error(reader->diags, word, "this cannot be a variable's name");
		diag_hint(reader->diags, "small letters, digits and _ are; $tmp is the scenario's folder");
		return;
	}
	for (size_t i = 0; i < scenario->n_vars; i++)
		if (!strcmp(scenario->vars[i].name, name)) {
			diag_error(reader->diags, word, "$%s is something else already", name);
			return;
		}
	if (scenario->n_vars == SCENARIO_VARS_MAX) {
		diag_error(reader->diags, word, "a scenario has at most %d variables", SCENARIO_VARS_MAX);
		return;
	}
	scenario->vars[scenario->n_vars++] = (struct sc_var){
		.name = name, .step = step, .text = text, .len = len
	};
}

/* Keys that only say something about some steps. */
static void check_keys(struct scenario_reader *reader, const struct node *const *keys,
		       const struct node *node)
{
	static const enum step_key of_calls[] = { STEP_AS, STEP_GIVES, STEP_TRAP };

	if (!keys[STEP_CALL] == !keys[STEP_INSTALL]) {
		diag_error(reader->diags, &node->at, "a step makes a call, or installs a filter");
		diag_hint(reader->diags, "write %s", step_keys.form);
	}
	for (size_t i = 0; keys[STEP_INSTALL] && i < sizeof(of_calls) / sizeof(*of_calls); i++)
		if (keys[of_calls[i]])
			diag_error(reader->diags, &keys[of_calls[i]]->at, "'%s' goes with 'call'",
				   step_keys.names[of_calls[i]]);
	if (keys[STEP_CALL] && keys[STEP_FLAGS])
		diag_error(reader->diags, &keys[STEP_FLAGS]->at, "'flags' goes with 'install'");
	if (keys[STEP_AFTER] && !keys[STEP_SIGNAL])
		diag_error(reader->diags, &keys[STEP_AFTER]->at, "'after' goes with 'signal'");
	if (keys[STEP_DIES] && keys[STEP_EXITS])
		diag_error(reader->diags, &keys[STEP_EXITS]->at, "a step dies or exits, not both");
}

static void read_expected(struct scenario_reader *reader, const struct node *const *keys,
			  struct sc_step *step)
{
	struct span word;

	if (keys[STEP_RESULT] && scenario_word(reader, keys[STEP_RESULT], "a result", &word)) {
		if (step->kind == SC_CALL && step->result.kind != SC_WHATEVER)
			diag_error(reader->diags, &word, "the call says already what it returns");
		(void)sc_result_read(&word, reader->diags, &step->result);
	}
	if (keys[STEP_GIVES])
		(void)scenario_text(reader, keys[STEP_GIVES], "what a buffer holds", &step->gives,
				    &step->gives_len);
	if (keys[STEP_DIES])
		step->dies = scenario_signal(reader, keys[STEP_DIES]);
	if (keys[STEP_EXITS])
		step->exits = (int)scenario_number(reader, keys[STEP_EXITS], 255);
	if (keys[STEP_TRAP])
		read_trap(reader, keys[STEP_TRAP], step);
	if (keys[STEP_CAUGHT])
		step->caught = scenario_signal(reader, keys[STEP_CAUGHT]);
	if (keys[STEP_SIGNAL])
		step->signal = scenario_signal(reader, keys[STEP_SIGNAL]);
	if (keys[STEP_AFTER])
		step->after_ms = scenario_time(reader, keys[STEP_AFTER]);
}

/* `gives` is compared with a buffer that is there. */
static void check_gives(struct scenario_reader *reader, const struct node *node, const struct sc_step *step)
{
	size_t room = 0;

	for (unsigned i = 0; i < step->call.n && !room; i++)
		if (step->call.args[i].kind == SC_BUFFER)
			room = step->call.args[i].len;
	if (step->gives_len > room)
		diag_error(reader->diags, &node->at, "the call's buffer has %zu bytes, this text %zu", room,
			   step->gives_len);
}

static void read_map(struct scenario_reader *reader, const struct node *node, struct sc_step *step)
{
	const struct node *keys[STEP_KEYS];
	size_t errors = reader->diags->errors;
	struct span word;

	if (keys_read(&step_keys, node, reader->diags, keys) < 0)
		return;
	if (reader->diags->errors == errors)
		check_keys(reader, keys, node);
	if (keys[STEP_INSTALL])
		read_install(reader, keys, step);
	else if (keys[STEP_CALL])
		read_call(reader, keys[STEP_CALL], step);
	read_expected(reader, keys, step);
	if (keys[STEP_GIVES] && step->gives && step->kind == SC_CALL && step->text)
		check_gives(reader, keys[STEP_GIVES], step);
	if (keys[STEP_AS] && scenario_word(reader, keys[STEP_AS], "a variable's name", &word))
		add_variable(reader, &word, (int)(step - reader->scenario->steps), NULL, 0);
}

static void read_step(struct scenario_reader *reader, const struct node *node, struct sc_step *step)
{
	*step = (struct sc_step){ .line = node->line, .exits = -1, .trap_data = -1, .trap_call = -1 };
	if (node->kind == NODE_MAP) {
		read_map(reader, node, step);
	} else if (node->kind == NODE_SCALAR && node_is(node, "strict")) {
		step->kind = SC_STRICT;
		step->text = "strict";
		step->result = (struct sc_result){ .kind = SC_EQUALS };
	} else {
		read_call(reader, node, step);
	}
}

void scenario_read_steps(struct scenario_reader *reader, const struct node *node)
{
	struct scenario *scenario = reader->scenario;
	const struct node *const *items, *one;
	size_t n = scenario_items(node, &items, &one);

	if (node->bad)
		return;
	for (size_t i = 0; i < n; i++) {
		if (scenario->n == SCENARIO_STEPS_MAX) {
			diag_error(reader->diags, &items[i]->at,
				   "a scenario has at most %d steps, its stack's filters "
				   "included",
				   SCENARIO_STEPS_MAX);
			return;
		}
		const struct sc_step *last = scenario->n ? &scenario->steps[scenario->n - 1] : NULL;
		if (last && (last->dies || last->exits >= 0)) {
			diag_error(reader->diags, &items[i]->at,
				   "nothing comes after a step that ends the target");
			return;
		}
		read_step(reader, items[i], &scenario->steps[scenario->n]);
		scenario->n++;
	}
}

void scenario_read_data(struct scenario_reader *reader, const struct node *map)
{
	if (map->bad)
		return;
	if (map->kind != NODE_MAP) {
		diag_error(reader->diags, &map->at, "data is a mapping, this is %s", node_kind_name(map));
		diag_hint(reader->diags, "write {path: /tmp/a}: arguments name it as $path");
		return;
	}
	for (size_t i = 0; i < map->n; i++) {
		const char *text;
		size_t len;
		if (scenario_text(reader, map->pairs[i].value, "data", &text, &len))
			add_variable(reader, &map->pairs[i].key->text, -1, text, len);
	}
}
