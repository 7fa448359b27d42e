/* SPDX-License-Identifier: MIT */
#include "fuzz/search/sources.h"
#include "loader/output.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- YAML -- */

void write_quoted(FILE *out, const char *text, size_t len)
{
	fputc('"', out);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c == '\n')
			fputs("\\n", out);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static const char *text_of(const struct node *node)
{
	return node->text.text->data + node->text.off;
}

static const char *relative(struct arena *arena, const char *folder, const char *path);

static void write_scalar(FILE *out, const struct node *node)
{
	/* what is a number or a name stays one; what was quoted stays a text */
	if (node->plain)
		fwrite(text_of(node), 1, node->text.len, out);
	else
		write_quoted(out, text_of(node), node->text.len);
}

static void write_path(FILE *out, const struct node *node, const struct path_map *paths)
{
	const char *path = arena_text(paths->arena, text_of(node), node->text.len);

	if (*path != '/' && paths->base && *paths->base)
		path = arena_printf(paths->arena, "%s/%s", paths->base, path);
	path = relative(paths->arena, paths->folder, path);
	write_quoted(out, path, strlen(path));
}

void write_node(FILE *out, const struct node *node, const struct path_map *paths)
{
	if (node->kind == NODE_SCALAR) {
		write_scalar(out, node);
		return;
	}
	fputc(node->kind == NODE_MAP ? '{' : '[', out);
	for (size_t i = 0; i < node->n; i++) {
		fputs(i ? ", " : "", out);
		if (node->kind == NODE_LIST) {
			write_node(out, node->items[i], paths);
			continue;
		}
		const struct node *key = node->pairs[i].key, *value = node->pairs[i].value;
		write_scalar(out, key);
		fputs(": ", out);
		if (paths && node_is(key, "file") && value->kind == NODE_SCALAR)
			write_path(out, value, paths);
		else
			write_node(out, value, paths);
	}
	fputc(node->kind == NODE_MAP ? '}' : ']', out);
}

/* --------------------------------------------------------------- paths -- */

/* A path as a file in the folder names it; absolute where the two have nothing in common. */
static const char *relative(struct arena *arena, const char *folder, const char *path)
{
	char *from = realpath(folder, NULL), *to = realpath(path, NULL);
	const char *result = to ? arena_text(arena, to, strlen(to)) : path;
	size_t common = 0;

	for (size_t i = 0; from && to; i++) {
		bool ends_from = !from[i] || from[i] == '/', ends_to = !to[i] || to[i] == '/';
		if (ends_from && ends_to)
			common = i;
		if (!from[i] || from[i] != to[i])
			break;
	}
	if (common) {
		char *up = arena_printf(arena, "%s", "");
		for (const char *at = from + common; *at; at++)
			if (*at == '/')
				up = arena_printf(arena, "%s../", up);
		result = arena_printf(arena, "%s%s", up, to + common + (to[common] == '/'));
	}
	free(from);
	free(to);
	return result;
}

/* The folder that relative paths of a case file's filter start from. */
static const char *folder_of(struct arena *arena, const struct node *node)
{
	const char *name = span_place(&node->at).text->name, *slash = strrchr(name, '/');

	return slash ? arena_text(arena, name, (size_t)(slash - name)) : "";
}

/* How long KIND: or KIND,OPTIONS: at the beginning of a spec is; 0: there is none. */
static size_t kind_prefix(const char *spec)
{
	size_t len = strspn(spec, "abcdefghijklmnopqrstuvwxyz"), end = len;

	if (source_kind_by_name(spec, len) == SOURCE_GUESS)
		return 0;
	if (spec[len] == ',')
		end = strcspn(spec, ":");
	return spec[end] == ':' ? end + 1 : 0;
}

/* --------------------------------------------------------------- write -- */

static bool is_known(const struct source_writer *writer, const struct filter *filter)
{
	for (size_t i = 0; i < writer->n; i++)
		if (writer->items[i].filter == filter)
			return true;
	return false;
}

static const struct written *written_of(const struct source_writer *writer, const struct filter *filter)
{
	size_t i = 0;

	while (writer->items[i].filter != filter)
		i++;
	return &writer->items[i];
}

static bool name_taken(const struct source_writer *writer, const char *name)
{
	for (size_t i = 0; i < writer->n; i++)
		if (!strcmp(writer->items[i].name, name))
			return true;
	return false;
}

/* A spec of the command line or of a case file, or NULL: it cannot be read again. */
static const char *spec_for(struct source_writer *writer, const char *spec, const char *base)
{
	struct arena *arena = &writer->arena;
	size_t prefix = kind_prefix(spec);
	const char *path = spec + prefix;

	if (!strcmp(path, "-") || source_kind_by_name(spec, prefix ? prefix - 1 : 0) == SOURCE_PID)
		return NULL;
	if (*path != '/' && *base)
		path = arena_printf(arena, "%s/%s", base, path);
	path = relative(arena, writer->folder, path);
	/* a colon in a path must not make a kind of what stands before it */
	if (!prefix && kind_prefix(path))
		path = arena_printf(arena, "./%s", path);
	return arena_printf(arena, "%.*s%s", (int)prefix, spec, path);
}

static int write_program(struct source_writer *writer, const char *path, const struct program *program)
{
	struct output output;

	if (output_open(path, writer->diags, &output) < 0)
		return -1;
	fwrite(program->insns, sizeof(*program->insns), program->len, output.file);
	return output_commit(&output, writer->diags);
}

static const char *copy_path(struct source_writer *writer, const struct written *written, size_t i)
{
	return arena_printf(&writer->arena, "%s-%s-%zu.bpf", written->stem, written->name, i + 1);
}

static int add(struct source_writer *writer, const struct filter *filter, const char *path)
{
	struct written written = { .filter = filter, .name = filter->name, .base = "" };
	size_t len = strlen(path) - strlen(".yaml");

	if (is_known(writer, filter))
		return 0;
	while (name_taken(writer, written.name))
		written.name = arena_printf(&writer->arena, "other-%s", written.name);
	if (filter->node)
		written.base = folder_of(&writer->arena, filter->node);
	if (!filter->node)
		written.spec = spec_for(writer, filter->source.name, "");
	else if (filter->node->kind == NODE_SCALAR)
		written.spec = spec_for(
			writer, arena_text(&writer->arena, text_of(filter->node), filter->node->text.len),
			written.base);
	if (!written.spec && (!filter->node || filter->node->kind == NODE_SCALAR)) {
		written.copies = filter->source.n;
		written.stem = arena_text(&writer->arena, path, len);
	}
	for (size_t i = 0; i < written.copies; i++)
		if (write_program(writer, copy_path(writer, &written, i), &filter->source.programs[i]) < 0)
			return -1;
	writer->items = arena_grow(&writer->arena, writer->items, writer->n, &writer->cap,
				   sizeof(*writer->items));
	writer->items[writer->n++] = written;
	return 0;
}

int source_writer_init(struct source_writer *writer, const char *folder, const char *path,
		       const struct claim *claim, struct diags *diags)
{
	const struct case_stack *stacks[] = { claim->stack, claim->same_as };
	int r = 0;

	*writer = (struct source_writer){ .folder = folder, .diags = diags };
	arena_init(&writer->arena);
	for (int i = 0; i < 2; i++)
		for (size_t j = 0; stacks[i] && j < stacks[i]->n && r == 0; j++)
			r = add(writer, stacks[i]->filters[j], path);
	return r;
}

void source_writer_done(struct source_writer *writer)
{
	arena_done(&writer->arena);
}

static void write_copies(struct source_writer *writer, FILE *out, const struct written *written)
{
	for (size_t i = 0; i < written->copies; i++) {
		const char *path = copy_path(writer, written, i), *slash = strrchr(path, '/');
		const char *name = i ? arena_printf(&writer->arena, "%s-%zu", written->name, i + 1)
				     : written->name;
		fputs("  ", out);
		write_quoted(out, name, strlen(name));
		fputs(": ", out);
		write_quoted(out, slash + 1, strlen(slash + 1));
		fputc('\n', out);
	}
}

void source_writer_filters(struct source_writer *writer, FILE *out)
{
	fputs("filters:\n", out);
	for (size_t i = 0; i < writer->n; i++) {
		const struct written *written = &writer->items[i];
		struct path_map paths = { written->base, writer->folder, &writer->arena };
		if (written->copies) {
			write_copies(writer, out, written);
			continue;
		}
		fputs("  ", out);
		write_quoted(out, written->name, strlen(written->name));
		fputs(": ", out);
		if (written->spec)
			write_quoted(out, written->spec, strlen(written->spec));
		else
			write_node(out, written->filter->node, &paths);
		fputc('\n', out);
	}
}

void source_writer_stack(struct source_writer *writer, FILE *out, const struct case_stack *stack)
{
	const char *comma = "[";

	for (size_t i = 0; i < stack->n; i++) {
		const struct written *written = written_of(writer, stack->filters[i]);
		for (size_t j = 0; j < (written->copies ? written->copies : 1); j++) {
			const char *name = j ? arena_printf(&writer->arena, "%s-%zu", written->name, j + 1)
					     : written->name;
			fputs(comma, out);
			write_quoted(out, name, strlen(name));
			comma = ", ";
		}
	}
	fputs("]\n", out);
}
