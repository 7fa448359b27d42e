/* SPDX-License-Identifier: MIT */
/* libyaml's events to a tree with places. */
#include "loader/yaml_place.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define ANCHOR_BUCKETS 256
#define SHOWN 40 /* bytes of a word that a message repeats */

struct anchor {
	struct anchor *next;
	const char *name;
	struct node *node;
	bool open; /* its node is not complete: an alias to it would be a cycle */
};

/* A list or mapping whose end has not come yet. */
struct frame {
	struct node *node;
	struct anchor *anchor;
	const struct node *key; /* of a mapping: its value comes next */
	size_t cap;
};

struct builder {
	struct doc *doc;
	struct diags *diags;
	yaml_parser_t parser;
	struct cursor start, end; /* of the event that is being read */
	struct anchor *anchors[ANCHOR_BUCKETS];
	struct frame frames[YAML_DEPTH_MAX];
	unsigned depth;
	size_t nodes, expanded;
};

/* ---------------------------------------------------------------- places */

static void locate(struct builder *builder, const yaml_event_t *event)
{
	cursor_move(&builder->start, &builder->doc->text, event->start_mark.index);
	cursor_move(&builder->end, &builder->doc->text, event->end_mark.index);
}

static struct span event_span(const struct builder *builder)
{
	size_t begin = builder->start.bytes, end = builder->end.bytes;

	return span_of(&builder->doc->text, begin, end > begin ? end - begin : 0);
}

static struct span event_text(struct builder *builder, const yaml_event_t *event, const struct span *at)
{
	yaml_scalar_style_t style = event->data.scalar.style;
	struct scalar scalar = {
		.value = (const char *)event->data.scalar.value,
		.len = event->data.scalar.length,
		.quoted = style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
			  style == YAML_DOUBLE_QUOTED_SCALAR_STYLE,
		.block = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE,
		.line = builder->start.line,
	};

	return scalar_span(&scalar, at, &builder->doc->arena);
}

/* ----------------------------------------------------------------- nodes */

static struct node *node_new(struct builder *builder, enum node_kind kind)
{
	struct node *node = arena_alloc(&builder->doc->arena, sizeof(*node));

	*node = (struct node){ .kind = kind,
			       .at = event_span(builder),
			       .line = builder->start.line,
			       .expanded = 1,
			       .depth = kind != NODE_SCALAR };
	builder->nodes++;
	return node;
}

static void refuse_tag(struct builder *builder, struct node *node)
{
	const struct span *at = &node->at;
	const char *text = at->text->data + at->off, *end = line_end(text, text + at->len);

	diag_error(builder->diags, at, "a value that begins with '!' is a YAML tag, not text");
	if (node->kind == NODE_SCALAR && at->len > 1 && text[1] != '!' && !memchr(text, '"', at->len))
		diag_hint(builder->diags, "quote it: \"%.*s\"",
			  (int)(end - text < SHOWN ? end - text : SHOWN), text);
	else
		diag_hint(builder->diags, "leave the tag out, or quote the text if '!' belongs to it");
	node->bad = true;
}

static void refuse_scalar_anchor(struct builder *builder, struct node *node)
{
	const struct span *at = &node->at;
	const char *text = at->text->data + at->off, *end = line_end(text, text + at->len);

	diag_error(builder->diags, at,
		   "an anchor on a single value: YAML drops the text from '&' to the space");
	if (!memchr(text, '"', at->len))
		diag_hint(builder->diags, "quote it: \"%.*s\"",
			  (int)(end - text < SHOWN ? end - text : SHOWN), text);
	else
		diag_hint(builder->diags, "quote the whole value, or leave '&...' out");
	node->bad = true;
}

static unsigned bucket_of(const char *name)
{
	unsigned hash = 5381;

	while (*name)
		hash = hash * 33 + (unsigned char)*name++;
	return hash % ANCHOR_BUCKETS;
}

static struct anchor *anchor_find(const struct builder *builder, const char *name)
{
	struct anchor *anchor = builder->anchors[bucket_of(name)];

	while (anchor && strcmp(anchor->name, name))
		anchor = anchor->next;
	return anchor;
}

/* The latest of a name stands first in its bucket and hides earlier ones, as YAML has it. */
static struct anchor *anchor_add(struct builder *builder, const yaml_char_t *name, struct node *node)
{
	struct anchor *anchor = arena_alloc(&builder->doc->arena, sizeof(*anchor));
	const char *text = (const char *)name;

	anchor->name = arena_text(&builder->doc->arena, text, strlen(text));
	anchor->node = node;
	anchor->open = true;
	anchor->next = builder->anchors[bucket_of(text)];
	builder->anchors[bucket_of(text)] = anchor;
	return anchor;
}

/* ------------------------------------------------------------------ tree */

static void refuse_key(struct builder *builder, struct node *key)
{
	diag_error(builder->diags, &key->at, "a key must be a word, this is %s", node_kind_name(key));
	key->bad = true;
	key->kind = NODE_SCALAR;
	key->n = 0;
	key->text = span_of(key->at.text, key->at.off, 0);
}

static void count_child(struct node *node, const struct node *child)
{
	node->expanded += child->expanded;
	if (child->depth >= node->depth)
		node->depth = child->depth + 1;
}

/* Puts a complete node where it belongs. */
static void attach(struct builder *builder, struct node *node)
{
	struct frame *frame = builder->depth ? &builder->frames[builder->depth - 1] : NULL;
	struct arena *arena = &builder->doc->arena;

	if (!frame) {
		builder->doc->root = node;
	} else if (frame->node->kind == NODE_LIST) {
		struct node *list = frame->node;
		list->items = arena_grow(arena, list->items, list->n, &frame->cap, sizeof(*list->items));
		list->items[list->n++] = node;
		count_child(list, node);
	} else if (!frame->key) {
		if (node->kind != NODE_SCALAR) {
			/* an alias shares its node: the key gets one of its own */
			node = arena_copy(arena, node, sizeof(*node));
			refuse_key(builder, node);
		}
		frame->key = node;
	} else {
		struct node *map = frame->node;
		map->pairs = arena_grow(arena, map->pairs, map->n, &frame->cap, sizeof(*map->pairs));
		map->pairs[map->n++] = (struct pair){ .key = frame->key, .value = node };
		count_child(map, node);
		frame->key = NULL;
	}
}

static int too_deep(struct builder *builder, const struct span *at)
{
	diag_error(builder->diags, at, "more than %d lists or mappings inside each other", YAML_DEPTH_MAX);
	return -1;
}

static int on_scalar(struct builder *builder, const yaml_event_t *event)
{
	struct node *node = node_new(builder, NODE_SCALAR);

	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->text = event_text(builder, event, &node->at);
	if (event->data.scalar.tag)
		refuse_tag(builder, node);
	else if (event->data.scalar.anchor)
		refuse_scalar_anchor(builder, node);
	attach(builder, node);
	return 0;
}

static int on_start(struct builder *builder, enum node_kind kind, const yaml_char_t *anchor,
		    const yaml_char_t *tag)
{
	struct node *node = node_new(builder, kind);

	if (builder->depth == YAML_DEPTH_MAX)
		return too_deep(builder, &node->at);
	if (tag)
		refuse_tag(builder, node);
	struct frame *frame = &builder->frames[builder->depth++];
	*frame = (struct frame){ .node = node };
	if (anchor)
		frame->anchor = anchor_add(builder, anchor, node);
	return 0;
}

static int by_key(const void *pa, const void *pb)
{
	const struct pair *a = *(struct pair *const *)pa, *b = *(struct pair *const *)pb;
	const struct span *ka = &a->key->text, *kb = &b->key->text;
	size_t len = ka->len < kb->len ? ka->len : kb->len;
	int order = memcmp(ka->text->data + ka->off, kb->text->data + kb->off, len);

	if (order)
		return order;
	if (ka->len != kb->len)
		return ka->len < kb->len ? -1 : 1;
	return a < b ? -1 : a > b;
}

static void refuse_duplicate(struct builder *builder, const struct pair *first, struct pair *again)
{
	const struct span *key = &again->key->text;

	diag_error(builder->diags, &again->key->at, "duplicate key '%.*s'",
		   (int)(key->len < SHOWN ? key->len : SHOWN), key->text->data + key->off);
	diag_hint(builder->diags, "it stands on line %u already: remove one of them", first->key->line);
	again->value->bad = true;
}

static bool same_key(const struct pair *a, const struct pair *b)
{
	const struct span *ka = &a->key->text, *kb = &b->key->text;

	return ka->len == kb->len && !memcmp(ka->text->data + ka->off, kb->text->data + kb->off, ka->len);
}

static void check_keys(struct builder *builder, struct node *map)
{
	struct pair *few[16], **order = map->n <= 16 ? few : calloc(map->n, sizeof(*order));
	size_t first = 0;

	for (size_t i = 0; order && i < map->n; i++)
		order[i] = &map->pairs[i];
	if (order)
		qsort(order, map->n, sizeof(*order), by_key);
	for (size_t i = 0; order && i < map->n; i++) {
		const struct node *key = order[i]->key;
		if (i > first && same_key(order[first], order[i]) && !key->bad)
			refuse_duplicate(builder, order[first], order[i]);
		else
			first = i;
		if (key->plain && node_is(key, "<<")) {
			diag_error(builder->diags, &key->at, "merge keys ('<<') are not supported");
			diag_hint(builder->diags, "write the keys out");
			order[i]->value->bad = true;
		}
	}
	if (order != few)
		free(order);
}

static int on_end(struct builder *builder)
{
	struct frame *frame = &builder->frames[--builder->depth];

	if (frame->node->kind == NODE_MAP)
		check_keys(builder, frame->node);
	if (frame->anchor)
		frame->anchor->open = false;
	attach(builder, frame->node);
	return 0;
}

static void refuse_alias(struct builder *builder, const struct span *at, const char *name)
{
	diag_error(builder->diags, at, "nothing above is anchored as '&%.*s'", SHOWN, name);
	diag_hint(builder->diags, "quote the text if '*' belongs to it");
}

static int on_alias(struct builder *builder, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct anchor *anchor = anchor_find(builder, name);
	struct span at = event_span(builder);

	if (!anchor || anchor->open) {
		struct node *node = node_new(builder, NODE_SCALAR);
		node->text = at;
		node->bad = true;
		if (!anchor)
			refuse_alias(builder, &at, name);
		else
			diag_error(builder->diags, &at,
				   "'*%.*s' stands inside '&%.*s': it would contain itself", SHOWN, name,
				   SHOWN, name);
		attach(builder, node);
		return 0;
	}
	if (builder->depth + anchor->node->depth > YAML_DEPTH_MAX)
		return too_deep(builder, &at);
	builder->expanded += anchor->node->expanded;
	if (builder->expanded > YAML_EXPANDED_MAX) {
		diag_error(builder->diags, &at, "the file's aliases expand to more than %d values",
			   YAML_EXPANDED_MAX);
		diag_hint(builder->diags, "name the list in fewer places, or make it shorter");
		return -1;
	}
	attach(builder, anchor->node);
	return 0;
}

/* ---------------------------------------------------------------- events */

static int on_event(struct builder *builder, const yaml_event_t *event)
{
	struct span at = event_span(builder);

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(builder, event);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(builder, NODE_LIST, event->data.sequence_start.anchor,
				event->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return on_start(builder, NODE_MAP, event->data.mapping_start.anchor,
				event->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(builder);
	case YAML_ALIAS_EVENT:
		return on_alias(builder, event);
	case YAML_DOCUMENT_START_EVENT:
		if (!builder->doc->root)
			return 0;
		diag_error(builder->diags, &at, "a second document begins here, a file holds one");
		diag_hint(builder->diags, "remove the '---', or move what follows into a file of its own");
		return -1;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return 0;
}

static int syntax_error(struct builder *builder)
{
	const yaml_parser_t *parser = &builder->parser;
	size_t places[2];

	cursor_move(&builder->start, &builder->doc->text, parser->problem_mark.index);
	places[0] = builder->start.bytes;
	cursor_move(&builder->start, &builder->doc->text, parser->context_mark.index);
	places[1] = builder->start.bytes;
	yaml_syntax_error(&builder->doc->text, parser, places, builder->diags);
	return -1;
}

static int next(struct builder *builder, bool *ret_end)
{
	yaml_event_t event;

	if (!yaml_parser_parse(&builder->parser, &event))
		return syntax_error(builder);
	locate(builder, &event);
	int r = on_event(builder, &event);
	*ret_end = event.type == YAML_STREAM_END_EVENT;
	yaml_event_delete(&event);
	if (!r && builder->nodes > YAML_NODES_MAX) {
		diag_file_error(builder->diags, builder->doc->text.name, "more than %d values",
				YAML_NODES_MAX);
		r = -1;
	}
	return r;
}

static int build(struct builder *builder)
{
	const struct text *text = &builder->doc->text;
	size_t bom = text->len >= 3 && !memcmp(text->data, "\xef\xbb\xbf", 3) ? 3 : 0;
	bool end = false;
	int r = 0;

	if (!yaml_parser_initialize(&builder->parser)) {
		diag_file_error(builder->diags, text->name, "out of memory");
		return -1;
	}
	builder->start = builder->end = (struct cursor){ .bytes = bom, .line = 1 };
	yaml_parser_set_encoding(&builder->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&builder->parser, (const unsigned char *)text->data + bom,
				     text->len - bom);
	while (!r && !end)
		r = next(builder, &end);
	yaml_parser_delete(&builder->parser);
	if (!r && !builder->doc->root) {
		diag_file_error(builder->diags, text->name, "the file is empty");
		return -1;
	}
	return r;
}

int yaml_build(struct doc *doc, struct diags *diags)
{
	struct builder *builder = calloc(1, sizeof(*builder));

	if (!builder) {
		diag_file_error(diags, doc->text.name, "out of memory");
		return -1;
	}
	builder->doc = doc;
	builder->diags = diags;
	int r = build(builder);
	free(builder);
	return r;
}
