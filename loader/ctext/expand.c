/* SPDX-License-Identifier: MIT */
/* Macros where they are used. */
#include "loader/ctext/token.h"

#include <string.h>

#define DEPTH_MAX 100

struct arg {
	struct ctokens raw, full; /* as written, and with its own macros expanded */
};

/* Where a macro is used: what its tokens are said to stand at. */
struct use {
	struct creader *reader;
	const struct ctoken *at;
	const struct cmacro *macro;
	struct arg *args;
	int depth;
};

static void expand_all(struct creader *reader, const struct ctokens *in, struct ctokens *out, int depth);

static void add_made(const struct use *use, struct ctokens *out, const struct ctoken *token)
{
	struct creader *reader = use->reader;
	struct ctoken made = *token;

	if (reader->made++ >= CTOKENS_MAX) {
		struct span where = ctoken_span(reader, use->at);
		if (reader->made == CTOKENS_MAX + 1)
			diag_error(reader->diags, &where, "macros expand to more than %u words", CTOKENS_MAX);
		reader->failed = true;
		return;
	}
	ctoken_add(reader, out, &made);
}

/* A token of a macro's body: it stands where the macro is used. */
static struct ctoken from_body(const struct use *use, const struct ctoken *token)
{
	struct ctoken made = *token;

	made.expanded = true;
	made.first = false;
	made.off = use->at->off;
	made.from = use->at->from;
	return made;
}

static const struct arg *param(const struct use *use, const struct ctoken *token)
{
	for (size_t i = 0; token->kind == CTOKEN_NAME && i < use->macro->n_params; i++) {
		const struct ctoken *name = &use->macro->params[i];
		if (name->len == token->len && !memcmp(name->s, token->s, name->len))
			return &use->args[i];
	}
	return NULL;
}

/* a ## b: the last token made and the first of what follows become one. */
static void paste(const struct use *use, struct ctokens *out, const struct ctoken *next)
{
	struct ctoken *last = out->n ? &out->items[out->n - 1] : NULL;
	struct ctokens one = { 0 };

	if (!last) {
		add_made(use, out, next);
		return;
	}
	char *joined = arena_printf(&use->reader->arena, "%.*s%.*s", (int)last->len, last->s, (int)next->len,
				    next->s);
	ctoken_split(use->reader, joined, strlen(joined), &one);
	if (!one.n)
		return;
	*last = from_body(use, &one.items[0]);
}

static void add_arg(const struct use *use, struct ctokens *out, const struct ctokens *arg, bool pasted)
{
	for (size_t i = 0; i < arg->n; i++) {
		if (i == 0 && pasted)
			paste(use, out, &arg->items[0]);
		else
			add_made(use, out, &arg->items[i]);
	}
}

/* The body with its parameters replaced. */
static void substitute(const struct use *use, struct ctokens *out)
{
	const struct cmacro *macro = use->macro;

	for (size_t i = 0; i < macro->n_body; i++) {
		const struct ctoken *token = &macro->body[i];
		const struct arg *arg = param(use, token);
		bool pasted = i && ctoken_is(&macro->body[i - 1], "##");
		bool pastes = i + 1 < macro->n_body && ctoken_is(&macro->body[i + 1], "##");
		if (ctoken_is(token, "##") && i && i + 1 < macro->n_body)
			continue;
		if (arg) {
			add_arg(use, out, pasted || pastes ? &arg->raw : &arg->full, pasted);
			continue;
		}
		struct ctoken made = from_body(use, token);
		if (pasted)
			paste(use, out, &made);
		else
			add_made(use, out, &made);
	}
}

size_t ctoken_match(const struct ctoken *tokens, size_t n, size_t at)
{
	int depth = 0;

	for (; at < n; at++) {
		if (tokens[at].kind != CTOKEN_OTHER || tokens[at].len != 1)
			continue;
		if (strchr("([{", *tokens[at].s))
			depth++;
		else if (strchr(")]}", *tokens[at].s) && --depth == 0)
			break;
	}
	return at;
}

/* The parenthesis that closes the one at `at`: braces and brackets mean nothing to macros. */
static size_t close_of(const struct ctoken *tokens, size_t n, size_t at)
{
	int depth = 0;

	for (; at < n; at++) {
		if (ctoken_is(&tokens[at], "("))
			depth++;
		else if (ctoken_is(&tokens[at], ")") && --depth == 0)
			break;
	}
	return at;
}

static int wrong_count(const struct use *use, size_t found)
{
	struct span where = ctoken_span(use->reader, use->at);
	size_t wanted = use->macro->n_params;

	diag_error(use->reader->diags, &where, "%.*s takes %zu argument%s, not %zu", (int)use->macro->len,
		   use->macro->name, wanted, wanted == 1 ? "" : "s", found);
	use->reader->failed = true;
	return -1;
}

/* The arguments between two parentheses. */
static int read_args(struct use *use, const struct ctoken *tokens, size_t from, size_t to)
{
	size_t n = 0, wanted = use->macro->n_params;
	int depth = 0;

	use->args = arena_alloc(&use->reader->arena, (wanted + 1) * sizeof(*use->args));
	for (size_t i = from; i < to; i++) {
		bool rest = use->macro->variadic && n + 1 == wanted;
		if (ctoken_is(&tokens[i], "("))
			depth++;
		if (ctoken_is(&tokens[i], ")"))
			depth--;
		if (depth == 0 && !rest && ctoken_is(&tokens[i], ","))
			n++;
		else if (n < wanted)
			ctoken_add(use->reader, &use->args[n].raw, &tokens[i]);
	}
	n += from < to || wanted;
	if (n != wanted && !(use->macro->variadic && n + 1 == wanted))
		return wrong_count(use, n);
	for (size_t i = 0; i < wanted; i++)
		expand_all(use->reader, &use->args[i].raw, &use->args[i].full, use->depth + 1);
	return 0;
}

static size_t expand_at(struct creader *reader, const struct ctoken *tokens, size_t n, size_t at,
			struct ctokens *out, int depth)
{
	const struct ctoken *token = &tokens[at];
	struct cmacro *macro = token->kind == CTOKEN_NAME && !token->painted ? cmacro_find(reader, token)
									     : NULL;
	struct use use = { .reader = reader, .at = token, .depth = depth };
	struct ctokens made = { 0 };
	size_t taken = 1;

	if (!macro || macro->constant)
		return 0;
	/* An object-like macro may be another name of a function-like one. */
	for (int i = 0; i < DEPTH_MAX && !macro->function && !macro->busy && macro->n_body == 1; i++) {
		struct cmacro *next = cmacro_find(reader, &macro->body[0]);
		if (macro->body[0].kind != CTOKEN_NAME || !next || next->constant)
			break;
		macro = next;
	}
	if (macro->busy) {
		struct ctoken painted = *token;
		painted.painted = true;
		add_made(&use, out, &painted);
		return 1;
	}
	use.macro = macro;
	if (macro->function) {
		if (at + 1 >= n || !ctoken_is(&tokens[at + 1], "("))
			return 0;
		size_t close = close_of(tokens, n, at + 1);
		if (close == n)
			return 0;
		taken = close + 1 - at;
		if (read_args(&use, tokens, at + 2, close) < 0)
			return taken;
	}
	substitute(&use, &made);
	macro->busy = true;
	expand_all(reader, &made, out, depth + 1);
	macro->busy = false;
	return taken;
}

static void expand_all(struct creader *reader, const struct ctokens *in, struct ctokens *out, int depth)
{
	for (size_t at = 0; at < in->n;) {
		size_t taken = 0;
		if (depth < DEPTH_MAX) {
			taken = expand_at(reader, in->items, in->n, at, out, depth);
		} else if (!reader->failed) {
			struct span where = ctoken_span(reader, &in->items[at]);
			diag_error(reader->diags, &where, "macros inside each other, more than %d",
				   DEPTH_MAX);
			reader->failed = true;
		}
		if (!taken)
			ctoken_add(reader, out, &in->items[at]);
		at += taken ? taken : 1;
	}
}

size_t cmacro_expand(struct creader *reader, const struct ctoken *tokens, size_t n, size_t at,
		     struct ctokens *out)
{
	return expand_at(reader, tokens, n, at, out, 0);
}
