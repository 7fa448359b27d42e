/* SPDX-License-Identifier: MIT */
/* The policy for people, 80 columns wide. */
#include "loader/show/text.h"
#include "loader/trace.h"

#include <inttypes.h>
#include <string.h>

#define ACTION_TEXT 96
#define NUMBER_TEXT 32
#define RANGES_SHOWN 100 /* of numbers without a name, in one group */
#define OUTCOMES_SHOWN 40

void wrap_init(struct wrap *wrap, FILE *out, int indent)
{
	*wrap = (struct wrap){ .out = out, .indent = indent };
}

void wrap_word(struct wrap *wrap, const char *word, size_t len)
{
	bool fits = wrap->column + 1 + (int)len <= TEXT_WIDTH;

	if (wrap->column && !fits) {
		fputc('\n', wrap->out);
		wrap->column = 0;
	}
	if (!wrap->column)
		wrap->column = fprintf(wrap->out, "%*s", wrap->indent, "");
	else
		wrap->column += fprintf(wrap->out, " ");
	fwrite(word, 1, len, wrap->out);
	wrap->column += (int)len;
}

void wrap_end(struct wrap *wrap)
{
	if (wrap->column)
		fputc('\n', wrap->out);
	wrap->column = 0;
}

void wrap_text(struct wrap *wrap, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, " ");

		if (len)
			wrap_word(wrap, text, len);
		text += len + (text[len] == ' ');
	}
}

/* Lines break before && and ||. */
static void wrap_predicate(struct wrap *wrap, const char *text)
{
	while (*text) {
		const char * or = strstr(text + 1, " || "), *and = strstr(text + 1, " && ");
		const char *end = or &&(!and || or < and) ? or : and;
		size_t len = end ? (size_t)(end - text) : strlen(text);

		wrap_word(wrap, text, len);
		text += len + (text[len] == ' ');
	}
}

/* As calls are written: without x32's bit, large ones in hexadecimal. */
static int put_nr(char *buf, size_t size, int abi, uint32_t nr)
{
	if (abi == VD_ABI_X32)
		nr &= ~vd_abi_info(abi)->nr_bit;
	if (nr == UINT32_MAX)
		return snprintf(buf, size, "-1");
	return snprintf(buf, size, nr < 100000 ? "%" PRIu32 : "0x%" PRIx32, nr);
}

static uint32_t last_number(int abi)
{
	return abi == VD_ABI_X32 ? 0x7fffffff : UINT32_MAX;
}

static void put_range(struct wrap *wrap, int abi, struct vd_range range)
{
	char text[2 * NUMBER_TEXT + 2];
	int len = put_nr(text, NUMBER_TEXT, abi, (uint32_t)range.first);

	if (range.last != range.first)
		len += snprintf(text + len, 3, "..");
	if (range.last != range.first && range.last != last_number(abi))
		len += put_nr(text + len, NUMBER_TEXT, abi, (uint32_t)range.last);
	wrap_word(wrap, text, (size_t)len);
}

static void put_calls(const struct section *section, const struct group *group, int indent, FILE *out)
{
	struct vd_range range;
	struct wrap wrap;

	wrap_init(&wrap, out, indent);
	for (size_t i = 0; i < group->n_names; i++)
		wrap_word(&wrap, group->names[i], strlen(group->names[i]));
	for (size_t i = 0; i < group->n_unnamed && i < RANGES_SHOWN;) {
		i += group_range(section, group, i, &range);
		put_range(&wrap, section->abi, range);
	}
	if (group->n_unnamed > RANGES_SHOWN) {
		char text[64];

		snprintf(text, sizeof(text), "and %zu more ranges", group->n_unnamed - RANGES_SHOWN);
		wrap_text(&wrap, text);
	}
	wrap_end(&wrap);
}

static void put_outcome(const struct outcome *outcome, int width, int indent, FILE *out)
{
	char action[ACTION_TEXT];
	struct wrap wrap;

	verdict_format(outcome->ret, action, sizeof(action));
	wrap_init(&wrap, out, indent + width + 2);
	if (indent + width + 2 > TEXT_WIDTH / 2)
		wrap.indent = indent + 4;
	wrap.column = fprintf(out, "%*s%-*s ", indent, "", width, action);
	if (outcome->when)
		wrap_predicate(&wrap, outcome->when);
	else
		wrap_text(&wrap, "otherwise");
	if (!outcome->exact)
		wrap_text(&wrap, "(abridged)");
	wrap_end(&wrap);
}

static void put_reason(const struct answer *answer, int indent, FILE *out)
{
	struct wrap wrap;

	wrap_init(&wrap, out, indent);
	wrap_text(&wrap,
		  answer->end == ANSWER_SPENT
			  ? "not known: the budget is spent"
			  : "not known: more verdicts, computed from the arguments, than can be listed");
	wrap_end(&wrap);
}

static void put_conditions(const struct answer *answer, int indent, FILE *out)
{
	char action[ACTION_TEXT];
	int width = 0;

	if (answer->end != ANSWER_ALL) {
		put_reason(answer, indent, out);
		return;
	}
	for (size_t i = 0; i < answer->n && i < OUTCOMES_SHOWN; i++) {
		int len = verdict_format(answer->outcomes[i].ret, action, sizeof(action));

		width = len > width ? len : width;
	}
	for (size_t i = 0; i < answer->n && i < OUTCOMES_SHOWN; i++)
		put_outcome(&answer->outcomes[i], width, indent, out);
	if (answer->n > OUTCOMES_SHOWN)
		fprintf(out, "%*sand %zu more verdicts\n", indent, "", answer->n - OUTCOMES_SHOWN);
}

static bool is_constant(const struct answer *answer)
{
	return answer->n == 1;
}

/* The default's calls are told by the others where they are most. */
static bool names_rest(const struct section *section, const struct group *group)
{
	size_t names = 0;

	for (size_t i = 0; i < section->n; i++)
		names += section->groups[i].n_names;
	return group->is_default && section->n > 1 && group->n_names > names / 2;
}

static size_t count_calls(char *buf, size_t size, const struct section *section, const struct group *group)
{
	if (section->n == 1)
		return (size_t)snprintf(buf, size, ": every number");
	if (names_rest(section, group))
		return (size_t)snprintf(buf, size, ": the other %zu calls%s", group->n_names,
					group->n_unnamed ? ", and numbers without a name" : "");
	if (group->n_names)
		return (size_t)snprintf(buf, size, ": %zu call%s", group->n_names,
					group->n_names == 1 ? "" : "s");
	return (size_t)snprintf(buf, size, "%s", group->n_unnamed ? ": numbers without a name" : "");
}

static const char *ways(const struct answer *answer)
{
	return answer->end != ANSWER_ALL ? "not known" : answer->mixed ? "by the number" : "by the arguments";
}

/* "ALLOW: 310 calls", "ERRNO(EPERM), the default: 24 calls" */
static void put_heading(const struct show *show, const struct section *section, const struct group *group,
			FILE *out)
{
	const struct answer *answer = &show->answers[group->answer];
	char text[2 * ACTION_TEXT];
	struct wrap wrap;
	size_t len;

	if (is_constant(answer))
		verdict_format(answer->outcomes->ret, text, ACTION_TEXT);
	else
		snprintf(text, sizeof(text), "%s", ways(answer));
	len = strlen(text);
	if (group->is_default && section->n > 1)
		len += (size_t)snprintf(text + len, sizeof(text) - len, ", the default");
	count_calls(text + len, sizeof(text) - len, section, group);
	wrap_init(&wrap, out, 2);
	wrap_text(&wrap, text);
	wrap_end(&wrap);
}

/* Neighbours are one range: only the byte order tells them apart. */
static void put_words(const struct section *section, struct wrap *wrap)
{
	const struct vd_range *ranges = section->words.ranges;

	for (size_t i = 0, n = section->words.n; i < n; i++) {
		struct vd_range words = ranges[i];
		char text[NUMBER_TEXT];

		while (i + 1 < n && ranges[i + 1].first == words.last + 1)
			words.last = ranges[++i].last;
		int len = snprintf(text, sizeof(text), "0x%08" PRIx64, words.first);
		if (words.last != words.first)
			len += snprintf(text + len, sizeof(text) - (size_t)len, "..0x%08" PRIx64, words.last);
		if (i + 1 < n)
			text[len++] = ',';
		wrap_word(wrap, text, (size_t)len);
	}
}

static void put_title(const struct section *section, const struct show_call *call, FILE *out)
{
	const char *name = section->abi != VD_ABI_NONE ? vd_abi_info(section->abi)->name : section->rest;
	struct wrap wrap;

	wrap_init(&wrap, out, 2);
	wrap.column = fprintf(out, "%s", name ? name : "arch");
	if (!name)
		put_words(section, &wrap);
	if (call)
		wrap_word(&wrap, call->name, strlen(call->name));
	if (section->every)
		wrap_text(&wrap, "(no filter looks at the arch)");
	wrap_end(&wrap);
}

static void put_section(const struct show *show, const struct section *section, FILE *out)
{
	const char *before = NULL; /* the heading of calls without one verdict */

	for (size_t i = 0; i < section->n; i++) {
		const struct group *group = &section->groups[i];
		const struct answer *answer = &show->answers[group->answer];

		if (is_constant(answer) || group->is_default)
			put_heading(show, section, group, out);
		else if (!before || strcmp(before, ways(answer)))
			fprintf(out, "  %s\n", ways(answer));
		if (!is_constant(answer) && !group->is_default)
			before = ways(answer);
		if (section->n > 1 && !names_rest(section, group))
			put_calls(section, group, 4, out);
		if (!is_constant(answer))
			put_conditions(answer, 6, out);
	}
}

static void put_call(struct show *show, const struct section *section, uint32_t nr, FILE *out)
{
	const struct answer *answer = &show->answers[show_answer(show, section->arch, nr)];
	char action[ACTION_TEXT];

	if (is_constant(answer)) {
		verdict_format(answer->outcomes->ret, action, sizeof(action));
		fprintf(out, "  %s\n", action);
	} else {
		put_conditions(answer, 2, out);
	}
}

/* What has been left out, and what the words mean. */
static void put_remarks(const struct show *show, FILE *out)
{
	bool effective = false;
	struct wrap wrap;

	for (size_t i = 0; i < show->n_answers; i++)
		effective |= show->answers[i].effective;
	if (!effective && show_exact(show))
		return;
	fputc('\n', out);
	wrap_init(&wrap, out, 0);
	if (effective)
		wrap_text(&wrap, "Where a filter returns what it computes, verdicts are what the kernel acts "
				 "on.");
	if (!show_exact(show))
		wrap_text(&wrap, "This is not all: what is not known, or abridged, was not proved.");
	wrap_end(&wrap);
}

void show_text(struct show *show, const struct sections *sections, const struct show_call *call, FILE *out)
{
	bool first = true;

	for (size_t i = 0; i < sections->n; i++) {
		const struct section *section = &sections->items[i];

		if (call && !call->there[i])
			continue;
		if (!first)
			fputc('\n', out);
		first = false;
		put_title(section, call, out);
		if (call)
			put_call(show, section, call->nrs[i], out);
		else
			put_section(show, section, out);
	}
	put_remarks(show, out);
}
