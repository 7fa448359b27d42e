/* SPDX-License-Identifier: MIT */
/* Inside c: texts. */
#ifndef LOADER_CTEXT_TOKEN_H
#define LOADER_CTEXT_TOKEN_H

#include "loader/arena.h"
#include "loader/ctext/ctext.h"

enum ctoken_kind { CTOKEN_NAME, CTOKEN_NUMBER, CTOKEN_STRING, CTOKEN_OTHER };

struct ctoken {
	enum ctoken_kind kind;
	bool first;    /* of its line */
	bool glued;    /* nothing stands between it and the token before */
	bool expanded; /* made by a macro; off and from are where the outermost one was used */
	bool painted;  /* a macro's name inside its own expansion: stays as it is */
	const char *s;
	size_t len;
	size_t off, from; /* in the text: its place, and how long that is */
};

struct ctokens {
	struct ctoken *items;
	size_t n, cap;
};

/* Expansions past this many tokens are refused. */
#define CTOKENS_MAX (1u << 18)

struct cmacro {
	const char *name;
	size_t len;
	bool defined;  /* not since #undef */
	bool constant; /* an enum's: stands for its value in expressions only */
	bool function, variadic;
	struct ctoken *params;
	size_t n_params;
	struct ctoken *body;
	size_t n_body;
	bool busy; /* being expanded */
};

struct creader {
	const struct text *text;
	struct diags *diags;
	struct arena arena;
	int abi;
	struct cmacro **macros; /* a hash table, open addressing; NULL: free */
	size_t n_macros, macros_cap;
	struct ctokens tokens; /* what is left when all directives and macros are gone */
	size_t made;	       /* tokens made by macros, all together */
	size_t line_off;       /* a place whose line is known: line, from 0 */
	unsigned line;
	bool failed;
};

/* Tokens of a text (or a part of one) to the end of *tokens; comments and spliced lines are white space. */
void ctoken_split(struct creader *reader, const char *data, size_t len, struct ctokens *tokens);
void ctoken_add(struct creader *reader, struct ctokens *tokens, const struct ctoken *token);
bool ctoken_is(const struct ctoken *token, const char *word);
struct span ctoken_span(const struct creader *reader, const struct ctoken *token);

/* NULL: not defined. */
struct cmacro *cmacro_find(const struct creader *reader, const struct ctoken *name);
/* The macro of a name, made if need be, to be filled in. */
struct cmacro *cmacro_new(struct creader *reader, const struct ctoken *name);
/* `NAME body` or `NAME(params) body`: the tokens of a line after #define. */
void cmacro_define(struct creader *reader, const struct ctoken *line, size_t n);
void cmacro_undefine(struct creader *reader, const struct ctoken *name);
/* Macros that are there from the start. */
void cmacro_builtins(struct creader *reader);

/*
 * Expands the macro use that tokens[at] may be to the end of *out and returns
 * how many tokens it took; 0: no macro is used there.
 */
size_t cmacro_expand(struct creader *reader, const struct ctoken *tokens, size_t n, size_t at,
		     struct ctokens *out);

/* All of a text to reader->tokens: directives followed, macros expanded. */
void cdirective_run(struct creader *reader);

/* A constant expression made of tokens. 0 or -1 (diagnosed, where diags is not NULL). */
int cexpr_fold(struct creader *reader, const struct ctoken *tokens, size_t n, struct diags *diags,
	       struct span *ret_place, bool *ret_negative, uint64_t *ret_bits);

/* An array that was found. */
struct carray {
	const struct ctoken *name; /* NULL: none */
	size_t from, to;	   /* tokens between its braces */
	const struct ctoken *size; /* tokens between its brackets */
	size_t n_size;
};
/* The next array at or after token *at; moves *at behind it. False: no more. */
bool carray_find(const struct creader *reader, size_t *at, struct carray *ret_array);
/* The constants of all enums in the text. */
void cenum_define(struct creader *reader);
/* Where the parenthesis, bracket or brace at token `at` ends: the token that closes it, or the end. */
size_t ctoken_match(const struct ctoken *tokens, size_t n, size_t at);

/* Instructions of the initialisers. 0 or -1 (diagnosed: all problems). */
int cinit_read(struct creader *reader, const struct carray *array, struct ctext_program *ret_program);

#endif
