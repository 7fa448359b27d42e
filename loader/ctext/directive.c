/* SPDX-License-Identifier: MIT */
/* Lines that begin with '#', and which parts of the text they leave. */
#include "loader/ctext/token.h"
#include "loader/expr.h"

#include <string.h>

#define DEPTH_MAX 200

struct branch {
	const struct ctoken *at; /* the #if */
	bool outer;		 /* what the #if stands in is read */
	bool taken;		 /* one of its parts was */
	bool reading;		 /* this part is */
	bool last;		 /* #else was there */
};

struct runner {
	struct creader *reader;
	struct branch branches[DEPTH_MAX];
	size_t n;
};

static bool reading(const struct runner *runner)
{
	return !runner->n || runner->branches[runner->n - 1].reading;
}

static void problem(struct creader *reader, const struct ctoken *at, const char *what)
{
	struct span where = ctoken_span(reader, at);

	diag_error(reader->diags, &where, "%s", what);
	reader->failed = true;
}

static struct ctoken number_token(const struct ctoken *like, bool value)
{
	struct ctoken token = *like;

	token.kind = CTOKEN_NUMBER;
	token.s = value ? "1" : "0";
	token.len = 1;
	token.expanded = true;
	return token;
}

static bool is_defined(const struct creader *reader, const struct ctoken *name)
{
	return cmacro_find(reader, name) || expr_c_name(name->s, name->len, reader->abi);
}

/* defined NAME, defined(NAME): how many tokens that takes; 0: it is something else. */
static size_t defined_at(const struct ctoken *line, size_t n, size_t at, const struct ctoken **ret_name)
{
	size_t parenthesis = at + 1 < n && ctoken_is(&line[at + 1], "(");

	if (!ctoken_is(&line[at], "defined") || at + parenthesis + 1 >= n ||
	    line[at + parenthesis + 1].kind != CTOKEN_NAME)
		return 0;
	*ret_name = &line[at + parenthesis + 1];
	return parenthesis ? 4 : 2;
}

/* The tokens of a condition, ready to be evaluated: names that mean nothing are 0. */
static struct ctokens condition_tokens(struct creader *reader, const struct ctoken *line, size_t n)
{
	struct ctokens plain = { 0 }, full = { 0 };
	const struct ctoken *name;

	for (size_t at = 0; at < n;) {
		size_t taken = defined_at(line, n, at, &name);
		struct ctoken token = taken ? number_token(name, is_defined(reader, name)) : line[at];
		ctoken_add(reader, &plain, &token);
		at += taken ? taken : 1;
	}
	for (size_t at = 0; at < plain.n;) {
		size_t taken = cmacro_expand(reader, plain.items, plain.n, at, &full);
		if (!taken)
			ctoken_add(reader, &full, &plain.items[at]);
		at += taken ? taken : 1;
	}
	for (size_t i = 0; i < full.n; i++)
		if (full.items[i].kind == CTOKEN_NAME &&
		    !expr_c_name(full.items[i].s, full.items[i].len, reader->abi))
			full.items[i] = number_token(&full.items[i], false);
	return full;
}

static bool holds(struct creader *reader, const struct ctoken *at, const struct ctoken *line, size_t n)
{
	struct ctokens tokens = condition_tokens(reader, line, n);
	struct span where;
	uint64_t bits = 0;
	bool negative;

	if (!n) {
		problem(reader, at, "a condition is missing");
		return false;
	}
	if (cexpr_fold(reader, tokens.items, tokens.n, reader->diags, &where, &negative, &bits) < 0)
		reader->failed = true;
	return bits != 0;
}

static void open_branch(struct runner *runner, const struct ctoken *at, const struct ctoken *line, size_t n)
{
	struct creader *reader = runner->reader;
	bool outer = reading(runner), value = false;

	if (runner->n == DEPTH_MAX) {
		problem(reader, at, "too many #if inside each other");
		return;
	}
	if (outer && ctoken_is(at, "if"))
		value = holds(reader, at, line, n);
	else if (outer && !n)
		problem(reader, at, "a name is missing");
	else if (outer)
		value = is_defined(reader, &line[0]) == ctoken_is(at, "ifdef");
	runner->branches[runner->n++] = (struct branch){
		.at = at, .outer = outer, .taken = value, .reading = outer && value
	};
}

static void next_branch(struct runner *runner, const struct ctoken *at, const struct ctoken *line, size_t n)
{
	struct branch *branch = runner->n ? &runner->branches[runner->n - 1] : NULL;

	if (!branch || branch->last) {
		problem(runner->reader, at, "there is no #if that this belongs to");
		return;
	}
	branch->last = ctoken_is(at, "else");
	branch->reading = branch->outer && !branch->taken &&
			  (branch->last || holds(runner->reader, at, line, n));
	branch->taken = branch->taken || branch->reading;
}

static void close_branch(struct runner *runner, const struct ctoken *at)
{
	if (runner->n)
		runner->n--;
	else
		problem(runner->reader, at, "there is no #if that this belongs to");
}

static void define(struct creader *reader, const struct ctoken *at, const struct ctoken *line, size_t n)
{
	if (!n || line[0].kind != CTOKEN_NAME)
		problem(reader, n ? &line[0] : at, "the name of a macro is meant here");
	else if (ctoken_is(at, "define"))
		cmacro_define(reader, line, n);
	else
		cmacro_undefine(reader, &line[0]);
}

/* The words after '#'. */
static void directive(struct runner *runner, const struct ctoken *line, size_t n)
{
	const struct ctoken *word = &line[0];

	if (ctoken_is(word, "if") || ctoken_is(word, "ifdef") || ctoken_is(word, "ifndef"))
		open_branch(runner, word, line + 1, n - 1);
	else if (ctoken_is(word, "elif") || ctoken_is(word, "else"))
		next_branch(runner, word, line + 1, n - 1);
	else if (ctoken_is(word, "endif"))
		close_branch(runner, word);
	else if (!reading(runner))
		return;
	else if (ctoken_is(word, "define") || ctoken_is(word, "undef"))
		define(runner->reader, word, line + 1, n - 1);
	else if (ctoken_is(word, "error"))
		problem(runner->reader, word,
			"the text says that it is not for this architecture or configuration");
	/* #include, #pragma, #warning, line markers: nothing in them matters here. */
}

void cdirective_run(struct creader *reader)
{
	struct ctokens all = { 0 };
	struct runner *runner = arena_alloc(&reader->arena, sizeof(*runner));
	size_t n;

	runner->reader = reader;
	ctoken_split(reader, reader->text->data, reader->text->len, &all);
	for (size_t at = 0; at < all.n; at += n) {
		const struct ctoken *token = &all.items[at];
		n = 1;
		if (token->first && ctoken_is(token, "#")) {
			while (at + n < all.n && !all.items[at + n].first)
				n++;
			if (n > 1)
				directive(runner, token + 1, n - 1);
		} else if (reading(runner)) {
			n = cmacro_expand(reader, all.items, all.n, at, &reader->tokens);
			if (!n)
				ctoken_add(reader, &reader->tokens, token);
			n += !n;
		}
	}
	if (runner->n)
		problem(reader, runner->branches[runner->n - 1].at, "this has no #endif");
}
