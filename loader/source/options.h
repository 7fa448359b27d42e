/* SPDX-License-Identifier: MIT */
/*
 * Options of a source, written inside its spec on the command line
 *
 *   oci,runtime=runc,caps=CAP_SYS_ADMIN+CAP_SYS_PTRACE,tree:default.json
 *
 * or as keys beside file: in a case file
 *
 *   {oci: {file: default.json, runtime: runc, caps: [CAP_SYS_ADMIN], tree: true}}
 *
 * Each kind of source has a table of those it knows; both ways of writing come
 * out the same.
 */
#ifndef LOADER_SOURCE_OPTIONS_H
#define LOADER_SOURCE_OPTIONS_H

#include "loader/yaml.h"

enum source_option_form {
	SOURCE_SWITCH, /* `tree`, `tree=true`, `tree=false` */
	SOURCE_WORD,   /* `kernel=5.10` */
	SOURCE_WORDS,  /* `caps=A+B`, `caps: [A, B]` */
};

struct source_option_spec {
	const char *name;
	enum source_option_form form;
};

#define SOURCE_OPTIONS_MAX 8

struct source_option {
	bool given;
	bool on;	    /* of a switch */
	struct span at;	    /* its name */
	struct span *words; /* one for SOURCE_WORD */
	size_t n;
};

/* Options as written: items[i] is specs[i]'s. Places point into the text that they were read from. */
struct source_options {
	const struct source_option_spec *specs; /* ended by a NULL name; NULL: the kind knows no options */
	struct source_option items[SOURCE_OPTIONS_MAX];
};

/*
 * Reads `NAME[=VALUE],...` that fills a span. kind is the source kind's name
 * for messages. 0 or -1 (diagnosed; nothing to be freed). An empty span has no
 * options.
 */
int source_options_parse(const struct source_option_spec *specs, const char *kind, const struct span *span,
			 struct diags *diags, struct source_options *ret_options);

/*
 * Reads the keys of a mapping, file: among them, which must be there with a
 * text without NULs. 0 or -1 (diagnosed).
 */
int source_options_read(const struct source_option_spec *specs, const struct node *map, struct diags *diags,
			struct source_options *ret_options, const struct node **ret_file);

void source_options_done(struct source_options *options);

#endif
