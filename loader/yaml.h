/* SPDX-License-Identifier: MIT */
/*
 * YAML (and JSON, which is YAML) as a tree whose every node knows where it
 * stands. Only what configuration needs: one document of scalars, lists and
 * mappings; anchors and aliases of lists and mappings. Everything that would
 * silently mean something else than it looks like (tags, `<<`, anchors on
 * scalars, duplicate keys) is refused.
 */
#ifndef LOADER_YAML_H
#define LOADER_YAML_H

#include "loader/arena.h"
#include "loader/diag.h"

/* Limits that no file written by a person reaches. */
#define YAML_FILE_MAX (16u << 20)  /* bytes */
#define YAML_NODES_MAX 2000000	   /* written in the file */
#define YAML_EXPANDED_MAX 10000000 /* written, and reached once more through each alias */
#define YAML_DEPTH_MAX 64	   /* aliases included */

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	bool plain;	  /* a scalar without quotes or block indicator */
	bool bad;	  /* diagnosed already: readers pass over it silently */
	unsigned depth;	  /* of lists and mappings from here down: 0 for a scalar */
	unsigned line;	  /* 1-based */
	struct span at;	  /* where it stands, quotes and brackets included */
	struct span text; /* a scalar's value; places in it are places in the file */
	size_t n;	  /* of items or pairs */
	union {
		struct node **items;
		struct pair *pairs;
	};
	size_t expanded; /* nodes from here down, aliases followed; saturates */
};

struct pair {
	const struct node *key; /* a scalar */
	struct node *value;
};

struct doc {
	struct text text;
	struct arena arena;
	struct node *root;
};

/*
 * Reads a file ("-": stdin). place: where it is named, for a file that cannot
 * be read (NULL: command line). 0: a tree, though problems may have been
 * diagnosed that do not keep the rest from being read; -1: diagnosed, no tree.
 */
int doc_read(const char *path, const struct span *place, struct diags *diags, struct doc **ret_doc);
/* The same from memory; name is what diagnostics call it. */
int doc_from_text(const char *name, const char *data, size_t len, struct diags *diags, struct doc **ret_doc);
/* The same of a text or a piece of one (copied): places are shown as those of the text that it is a piece of.
 */
int doc_from(const struct text *text, struct diags *diags, struct doc **ret_doc);
void doc_free(struct doc *doc);

/* Whether a scalar's value is this. False for lists and mappings. */
bool node_is(const struct node *node, const char *value);
bool span_is(const struct span *span, const char *value);
/* The value under a key, NULL: the mapping has none. */
struct node *node_get(const struct node *map, const char *key);
/* "a scalar", "a list", "a mapping", for messages. */
const char *node_kind_name(const struct node *node);
/* NULL, ~, null, or nothing written. */
bool node_is_null(const struct node *node);

/* For doc.c: the tree of doc's text, which yaml_check_bytes() has seen. 0 or -1 (diagnosed). */
int yaml_build(struct doc *doc, struct diags *diags);
int yaml_check_bytes(const struct text *text, struct diags *diags);
/* For yaml.c: what libyaml refused, in plain words. */
struct yaml_parser_s;
void yaml_syntax_error(const struct text *text, const struct yaml_parser_s *parser, const size_t places[2],
		       struct diags *diags);

#endif
