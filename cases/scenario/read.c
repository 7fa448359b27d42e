/* SPDX-License-Identifier: MIT */
/* A scenario's keys to what is run. */
#include "cases/scenario/scenario.h"
#include "cases/words.h"
#include "loader/kernel/install.h"
#include "loader/supervise/notif.h"

#include <signal.h>

/* ---------------------------------------------------------------- stack -- */

static void add_filter(void *userdata, const struct node *node)
{
	struct scenario_reader *reader = userdata;
	struct scenario *scenario = reader->scenario;
	struct span name;
	const struct filter *filter = scenario_filter(reader, node, &name);

	if (!filter)
		return;
	if (filter->refused) {
		diag_error(reader->diags, &name, "the kernel refuses this filter");
		diag_hint(reader->diags, "a step about that has 'install: %s' and 'result: EINVAL'",
			  filter->name);
		return;
	}
	for (size_t i = 0; i < filter->source.n; i++) {
		if (scenario->n == SCENARIO_STEPS_MAX) {
			diag_error(reader->diags, &name, "a scenario installs at most %d programs",
				   SCENARIO_STEPS_MAX);
			return;
		}
		scenario->steps[scenario->n++] = (struct sc_step){
			.kind = SC_INSTALL,
			.line = node->line,
			.text = arena_printf(reader->arena, "stack: %s", filter->name),
			.insns = filter->source.programs[i].insns,
			.len = filter->source.programs[i].len,
			.result = { .kind = SC_EQUALS },
			.exits = -1,
			.trap_data = -1,
			.trap_call = -1,
		};
	}
}

static void give_listener(struct scenario *scenario, size_t i)
{
	scenario->steps[i].flags |= KERNEL_FLAG_NEW_LISTENER;
	scenario->steps[i].result.kind = SC_AT_LEAST;
}

/* The program of the stack that gets the listener when nobody says which: the newest that may ask. */
static int choose_listening(const struct scenario *scenario)
{
	for (int certainly = 1; certainly >= 0; certainly--)
		for (size_t i = scenario->n; i-- > 0;)
			if (notif_possible(scenario->steps[i].insns, scenario->steps[i].len, certainly))
				return (int)i;
	return -1;
}

/* listener: NAME. The steps are still the stack's alone. */
static void read_listener(struct scenario_reader *reader, const struct node *node)
{
	struct scenario *scenario = reader->scenario;
	struct span name;
	const struct filter *filter = scenario_filter(reader, node, &name);

	for (size_t i = scenario->n; filter && i-- > 0;)
		if (filter->source.n &&
		    scenario->steps[i].insns == filter->source.programs[filter->source.n - 1].insns) {
			give_listener(scenario, i);
			return;
		}
	if (filter)
		diag_error(reader->diags, &name, "the scenario's stack does not have this filter");
}

static bool some_step_listens(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->n; i++)
		if (scenario->steps[i].flags & KERNEL_FLAG_NEW_LISTENER)
			return true;
	return false;
}

/* ------------------------------------------------------------- handlers -- */

static void read_handlers(struct scenario_reader *reader, const struct node *map)
{
	struct scenario *scenario = reader->scenario;

	if (map->bad)
		return;
	if (map->kind != NODE_MAP) {
		diag_error(reader->diags, &map->at, "handlers is a mapping, this is %s", node_kind_name(map));
		diag_hint(reader->diags,
			  "write {SIGUSR1: restart}, or {SIGUSR1: interrupt}: without SA_RESTART");
		return;
	}
	scenario->handlers = arena_alloc(reader->arena, map->n * sizeof(*scenario->handlers) + 1);
	for (size_t i = 0; i < map->n; i++) {
		struct sc_handler handler = { .signal = scenario_signal(reader, map->pairs[i].key) };
		struct span word;
		if (handler.signal == SIGKILL) {
			diag_error(reader->diags, &map->pairs[i].key->at, "SIGKILL cannot be handled");
			continue;
		}
		if (!handler.signal ||
		    !scenario_word(reader, map->pairs[i].value, "how a call goes on", &word))
			continue;
		handler.restart = span_is(&word, "restart");
		if (!handler.restart && !span_is(&word, "interrupt"))
			diag_error(reader->diags, &word,
				   "a handler is 'restart' (SA_RESTART) or 'interrupt'");
		scenario->handlers[scenario->n_handlers++] = handler;
	}
}

/* ------------------------------------------------------------- scenario -- */

static void read_limit(struct scenario_reader *reader, const struct node *node)
{
	unsigned ms = scenario_time(reader, node);

	if (ms)
		reader->scenario->limit_ms = ms;
}

static void read_stack(struct scenario_reader *reader, const struct node *const *keys)
{
	struct scenario *scenario = reader->scenario;

	if (keys[SCENARIO_STACK])
		words_each(keys[SCENARIO_STACK], "a filter", reader->diags, add_filter, reader);
	if (keys[SCENARIO_LISTENER]) {
		read_listener(reader, keys[SCENARIO_LISTENER]);
	} else if (keys[SCENARIO_SUPERVISOR]) {
		int i = choose_listening(scenario);
		if (i >= 0)
			give_listener(scenario, (size_t)i);
	}
}

struct scenario *scenario_read(struct case_file *file, const struct node *const *keys,
			       const struct node *place)
{
	struct scenario_reader reader = { .file = file, .arena = &file->arena, .diags = &file->diags };
	struct scenario *scenario = arena_alloc(&file->arena, sizeof(*scenario));
	size_t errors = file->diags.errors;

	scenario->limit_ms = SCENARIO_LIMIT_MS;
	scenario->steps = arena_alloc(&file->arena, SCENARIO_STEPS_MAX * sizeof(*scenario->steps));
	reader.scenario = scenario;
	read_stack(&reader, keys);
	if (keys[SCENARIO_HANDLERS])
		read_handlers(&reader, keys[SCENARIO_HANDLERS]);
	if (keys[SCENARIO_DATA])
		scenario_read_data(&reader, keys[SCENARIO_DATA]);
	if (keys[SCENARIO_STEPS])
		scenario_read_steps(&reader, keys[SCENARIO_STEPS]);
	if (keys[SCENARIO_SUPERVISOR])
		scenario_read_supervisor(&reader, keys[SCENARIO_SUPERVISOR]);
	if (keys[SCENARIO_TRACER])
		scenario_read_tracer(&reader, keys[SCENARIO_TRACER]);
	if (keys[SCENARIO_LIMIT])
		read_limit(&reader, keys[SCENARIO_LIMIT]);
	if (file->diags.errors != errors)
		return scenario;
	if (!keys[SCENARIO_STEPS] || !scenario->n) {
		diag_error(&file->diags, &place->at, "this scenario has no steps");
		diag_hint(&file->diags, "write 'steps:' and below it %s", step_keys.form);
	}
	if (scenario->supervised && !some_step_listens(scenario)) {
		diag_error(&file->diags, &keys[SCENARIO_SUPERVISOR]->at,
			   "no filter of the stack returns USER_NOTIF");
		diag_hint(&file->diags, "a step that installs one has 'flags: NEW_LISTENER'");
	}
	return scenario;
}
