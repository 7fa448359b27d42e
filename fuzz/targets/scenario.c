/* SPDX-License-Identifier: MIT */
/* Calls, results, signals and times of scenarios, one a line; `data NAME text` names memory for those after
 * it. */
#include "fuzz/support/support.h"
#include "loader/scenario/scenario.h"

#include <string.h>

static bool begins(const struct span *line, const char *word)
{
	return line->len > strlen(word) && !memcmp(line->text->data + line->off, word, strlen(word));
}

static void add_data(const struct span *line, struct scenario *scenario, struct arena *arena)
{
	const char *name = line->text->data + line->off + 5;

	if (scenario->n_vars == SCENARIO_VARS_MAX)
		return;
	scenario->vars[scenario->n_vars++] = (struct sc_var){
		.name = arena_text(arena, name, line->len - 5), .step = -1, .text = "text", .len = 4
	};
}

static int read_line(const struct span *line, struct scenario *scenario, struct arena *arena,
		     struct diags *diags)
{
	struct sc_result result;
	struct sc_call call;
	unsigned ms;
	int signal;

	if (begins(line, "data ")) {
		add_data(line, scenario, arena);
		return 0;
	}
	struct span rest = span_of(line->text, line->off + 1, line->len - 1);
	switch (line->text->data[line->off]) {
	case '=':
		return sc_result_read(&rest, diags, &result);
	case '!':
		return sc_signal_read(&rest, diags, &signal);
	case '+':
		return sc_time_read(&rest, diags, &ms);
	case '?':
		return sc_call_read(&rest, scenario, SC_SEEN, arena, diags, &call, NULL);
	}
	int r = sc_call_read(line, scenario, 0, arena, diags, &call, &result);
	for (unsigned i = 0; r == 0 && i < call.n; i++)
		EXPECT(call.args[i].kind != SC_VAR || call.args[i].value < scenario->n_vars,
		       "no such variable");
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = input_text(data, size);
	struct scenario scenario = { 0 };
	struct arena arena;
	struct diags diags;
	struct span line;
	size_t at = 0;
	int r = 0;

	arena_init(&arena);
	diags_init(&diags);
	while (next_line(&text, &at, &line))
		if (line.len && read_line(&line, &scenario, &arena, &diags) < 0)
			r = -1;
	expect_diags(&diags, r);
	arena_done(&arena);
	text_done(&text);
	return 0;
}
