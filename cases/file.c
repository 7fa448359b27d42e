/* SPDX-License-Identifier: MIT */
/* Files, what they include, and what each hands to its cases. */
#include "cases/file.h"
#include "cases/parallel.h"
#include "cases/words.h"

#include <stdlib.h>
#include <string.h>

#define INCLUDES_MAX 32 /* files in a row */

/* ---------------------------------------------------------------- opening */

static struct case_file *file_find(const struct case_files *files, const char *real)
{
	for (size_t i = 0; real && i < files->n; i++)
		if (files->files[i]->real && !strcmp(files->files[i]->real, real))
			return files->files[i];
	return NULL;
}

static struct case_file *file_new(const char *path)
{
	struct case_file *file = calloc(1, sizeof(*file));

	if (!file)
		out_of_memory();
	diags_init(&file->diags);
	arena_init(&file->arena);
	file->path = arena_text(&file->arena, path, strlen(path));
	return file;
}

static void file_free(struct case_file *file)
{
	stack_table_done(&file->stacks);
	where_list_done(&file->wheres);
	for (size_t i = 0; i < file->n_case_scopes; i++)
		filters_done(file->case_scopes[i]);
	filters_done(&file->own);
	diags_done(&file->diags);
	arena_done(&file->arena);
	doc_free(file->doc);
	free(file->real);
	free(file);
}

static void files_add(struct case_files *files, struct case_file *file)
{
	if (files->n == files->cap) {
		size_t cap = files->cap ? 2 * files->cap : 16;
		struct case_file **more = realloc(files->files, cap * sizeof(*more));
		if (!more)
			out_of_memory();
		files->files = more;
		files->cap = cap;
	}
	files->files[files->n++] = file;
}

static void hint_filter(const char *path, struct diags *diags)
{
	const char *slash = strrchr(path, '/');

	diag_hint(diags, "a case file names it: 'filters: {base: %s}'; see 'verdict test --help'",
		  slash ? slash + 1 : path);
}

/* A file's document; filters handed over by mistake are told by their names. */
static int read_file(const char *path, const struct span *place, struct diags *diags, struct doc **ret_doc)
{
	enum source_kind kind = source_guess_by_name(path);

	if (kind == SOURCE_GUESS || kind == SOURCE_DIR || kind == SOURCE_OCI)
		return doc_read(path, place, diags, ret_doc);
	if (place)
		diag_error(diags, place, "%s: is a filter, not a case file", path);
	else
		diag_file_error(diags, path, "is a filter, not a case file");
	hint_filter(path, diags);
	return -1;
}

/* Profiles are YAML like case files. */
static bool is_profile(struct case_file *file)
{
	const struct node *root = file->doc->root;

	if (root->kind != NODE_MAP || !node_get(root, "defaultAction") || node_get(root, "version"))
		return false;
	diag_file_error(&file->diags, file->path, "is a container profile, not a case file");
	hint_filter(file->path, &file->diags);
	return true;
}

static void file_open(void *userdata, size_t i)
{
	struct case_file *file = ((struct case_file **)userdata)[i];

	(void)read_file(file->path, NULL, &file->diags, &file->doc);
	if (!strcmp(file->path, "-"))
		file->path = arena_text(&file->arena, "<stdin>", strlen("<stdin>"));
}

static void check_version(struct case_file *file)
{
	const struct node *version = file->keys[FILE_VERSION];

	if (!version) {
		diag_error(&file->diags, &file->doc->root->at, "the file's version is missing");
		diag_hint(&file->diags, "begin it with 'version: 1'");
	} else if (!version->bad && !node_is(version, "1")) {
		diag_error(&file->diags, &version->at, "only version 1 of the case file format is known");
		diag_hint(&file->diags, "write 'version: 1'");
	}
}

/* Keys of the file that stand for defaults of the same name. */
static void take_file_defaults(struct case_file *file, const bool *own)
{
	static const struct {
		enum file_key file;
		enum case_key name;
	} same[] = { { FILE_STACK, CASE_STACK },
		     { FILE_ARCH, CASE_ARCH },
		     { FILE_BYTE_ORDER, CASE_BYTE_ORDER },
		     { FILE_LIMITS, CASE_LIMITS } };

	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
		const struct node *node = file->keys[same[i].file];
		/* of coverage it says something about the file, not about each case */
		if (same[i].file == FILE_LIMITS && node && !node_get(node, limits_keys.names[LIMITS_INSNS]))
			continue;
		if (node && own[same[i].name]) {
			diag_error(&file->diags, &node->at, "'%s' stands in 'defaults' as well",
				   case_keys.names[same[i].name]);
			diag_hint(&file->diags, "remove one of them");
		} else if (node) {
			file->defaults[same[i].name] = node;
		}
	}
}

/* Each case would claim the same of all. */
static void refuse_default_coverage(struct case_file *file, const struct node *limits)
{
	if (!limits || !node_get(limits, limits_keys.names[LIMITS_COVERAGE]))
		return;
	diag_error(&file->diags, &limits->at, "coverage is not for each case to limit");
	diag_hint(&file->diags, "write 'limits: {coverage: 95}' at the top of the file, for all its cases");
}

/* Defaults: the includes' in order, hidden by the file's own. */
static void take_defaults(struct case_file *file)
{
	const struct node *values[CASE_KEYS];
	bool own[CASE_KEYS] = { false };

	for (size_t i = 0; i < file->n_includes; i++)
		for (size_t key = 0; key < CASE_KEYS; key++)
			if (file->includes[i]->defaults[key])
				file->defaults[key] = file->includes[i]->defaults[key];
	if (file->keys[FILE_DEFAULTS] &&
	    keys_read(&case_keys, file->keys[FILE_DEFAULTS], &file->diags, values) == 0) {
		for (size_t key = 0; key < CASE_KEYS; key++) {
			if (values[key])
				file->defaults[key] = values[key];
			own[key] = values[key];
		}
		refuse_default_coverage(file, values[CASE_LIMITS]);
	}
	take_file_defaults(file, own);
}

/* --------------------------------------------------------------- includes */

struct include_reader {
	struct case_files *files;
	struct case_file *file;
	unsigned depth;
};

static void file_link(struct case_files *files, struct case_file *file, unsigned depth);

static char *beside(const struct case_file *file, const char *path)
{
	const char *slash = strrchr(file->path, '/');
	char *joined;

	if (!slash || path[0] == '/')
		return strdup(path);
	return asprintf(&joined, "%.*s/%s", (int)(slash - file->path), file->path, path) < 0 ? NULL : joined;
}

static void note_include(struct case_file *file, struct case_file *included, const struct node *node)
{
	file->includes = arena_grow(&file->arena, file->includes, file->n_includes, &file->cap_includes,
				    sizeof(*file->includes));
	file->include_nodes = arena_grow(&file->arena, file->include_nodes, file->n_includes,
					 &file->cap_include_nodes, sizeof(*file->include_nodes));
	file->includes[file->n_includes] = included;
	file->include_nodes[file->n_includes++] = node;
}

/* The file at a path, opened now unless it is known. NULL: diagnosed. */
static struct case_file *include_open(struct include_reader *reader, const char *path,
				      const struct node *node)
{
	char *real = realpath(path, NULL);
	struct case_file *file = file_find(reader->files, real);

	if (!file) {
		file = file_new(path);
		file->real = real;
		real = NULL;
		struct diags *diags = file->real ? &file->diags : &reader->file->diags;
		if (read_file(path, &node->at, diags, &file->doc) < 0 && !file->real) {
			file_free(file);
			return NULL;
		}
		files_add(reader->files, file);
	}
	free(real);
	return file;
}

static void add_include(void *userdata, const struct node *node)
{
	struct include_reader *reader = userdata;
	struct case_file *file = reader->file;
	const char *name = word_text(node, "an included file", &file->arena, &file->diags);
	char *path = name ? beside(file, name) : NULL;
	struct case_file *included = path ? include_open(reader, path, node) : NULL;

	free(path);
	if (!included)
		return;
	if (included->state == FILE_OPENING) {
		if (included == file)
			diag_error(&file->diags, &node->at, "a file cannot include itself");
		else
			diag_error(&file->diags, &node->at,
				   "'%s' includes this file: includes cannot go in a circle", name);
		return;
	}
	if (reader->depth == INCLUDES_MAX) {
		diag_error(&file->diags, &node->at, "more than %d files include each other in a row",
			   INCLUDES_MAX);
		return;
	}
	file_link(reader->files, included, reader->depth + 1);
	note_include(file, included, node);
}

/* Reads the file's own keys and links what it includes, depth first. */
static void file_link(struct case_files *files, struct case_file *file, unsigned depth)
{
	struct include_reader reader = { files, file, depth };

	if (file->state != FILE_NEW)
		return;
	file->state = FILE_OPENING;
	if (file->doc && !is_profile(file) &&
	    keys_read(&file_keys, file->doc->root, &file->diags, file->keys) == 0) {
		check_version(file);
		if (file->keys[FILE_INCLUDE])
			words_each(file->keys[FILE_INCLUDE], "an included file", &file->diags, add_include,
				   &reader);
		take_defaults(file);
	}
	file->state = FILE_OPEN;
}

/* ---------------------------------------------------------------- reading */

static void file_load(void *userdata, size_t i)
{
	struct case_file *file = ((struct case_file **)userdata)[i];

	if (file->keys[FILE_FILTERS])
		filters_read(file->keys[FILE_FILTERS], &file->arena, &file->diags, &file->own);
}

static void see(struct case_file *file, const struct filter_scope *scope)
{
	struct filter_scope *visible = &file->visible;

	for (size_t i = 0; i < scope->n; i++) {
		visible->filters = arena_grow(&file->arena, visible->filters, visible->n, &visible->cap,
					      sizeof(*visible->filters));
		visible->filters[visible->n++] = scope->filters[i];
	}
}

static void file_read(void *userdata, size_t i)
{
	struct case_file *file = ((struct case_file **)userdata)[i];

	if (file->doc && file->doc->root->kind == NODE_MAP)
		cases_read(file);
	file->invalid = file->diags.errors > 0;
}

/* What an invalid file gives to others is not to be relied on. Includes come first in the order. */
static void refuse_invalid_includes(struct case_file *file)
{
	for (size_t i = 0; i < file->n_includes; i++) {
		if (!file->includes[i]->invalid)
			continue;
		diag_error(&file->diags, &file->include_nodes[i]->at, "the included file has errors");
		file->invalid = true;
	}
}

/* Puts what a file includes before it, each file once. */
static void order(struct case_file *file, struct case_files *ordered)
{
	if (file->state == FILE_NEW)
		return;
	file->state = FILE_NEW;
	for (size_t i = 0; i < file->n_includes; i++)
		order(file->includes[i], ordered);
	files_add(ordered, file);
}

static void sort_files(struct case_files *files)
{
	struct case_files ordered = { 0 };

	for (size_t i = 0; i < files->n; i++)
		order(files->files[i], &ordered);
	free(files->files);
	*files = ordered;
}

void case_files_read(struct case_files *files, const char *const *paths, size_t n, unsigned jobs)
{
	*files = (struct case_files){ 0 };
	for (size_t i = 0; i < n; i++) {
		char *real = strcmp(paths[i], "-") ? realpath(paths[i], NULL) : NULL;
		struct case_file *file = file_find(files, real) ? NULL : file_new(paths[i]);
		if (!file) {
			free(real);
			continue;
		}
		file->real = real;
		files_add(files, file);
	}
	parallel_for(files->n, jobs, 1, file_open, files->files);
	for (size_t i = 0; i < files->n; i++)
		file_link(files, files->files[i], 0);
	sort_files(files);
	parallel_for(files->n, jobs, 1, file_load, files->files);
	for (size_t i = 0; i < files->n; i++) {
		struct case_file *file = files->files[i];
		for (size_t j = 0; j < file->n_includes; j++)
			see(file, &file->includes[j]->visible);
		see(file, &file->own);
	}
	parallel_for(files->n, jobs, 1, file_read, files->files);
	for (size_t i = 0; i < files->n; i++)
		refuse_invalid_includes(files->files[i]);
}

size_t case_file_errors(const struct case_file *file)
{
	return file->diags.errors - file->diags.repeats;
}

void case_files_done(struct case_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		file_free(files->files[i]);
	free(files->files);
	*files = (struct case_files){ 0 };
}
