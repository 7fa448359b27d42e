/* SPDX-License-Identifier: MIT */
/* The kinds of sources: their names, and which one a value is of. */
#include "loader/profile/profile.h"
#include "loader/source/kinds.h"

#include <string.h>
#include <sys/stat.h>

#define NEAR 3

/*
 * The kinds. Those with load_text read a file's content or a program's own
 * text; the others take the value themselves.
 */
static const struct kind {
	const char *name;
	const char *suffix; /* of files whose kind is left out */
	const struct source_option_spec *options;
	int (*load_text)(struct source *source, const struct text *text, const struct source_options *options,
			 struct diags *diags);
} kinds[SOURCE_KINDS] = {
	[SOURCE_RAW] = { .name = "raw", .suffix = ".bpf" },
	[SOURCE_DIR] = { .name = "dir" },
	[SOURCE_ASM] = { .name = "asm", .suffix = ".bpfasm", .load_text = asm_load },
	[SOURCE_C] = { .name = "c", .suffix = ".c", .options = c_options, .load_text = c_load },
	[SOURCE_OCI] = { .name = "oci", .suffix = ".json", .options = oci_options, .load_text = oci_load },
	[SOURCE_PID] = { .name = "pid", .load_text = pid_load_text },
	[SOURCE_RULES] = { .name = "rules", .suffix = ".rules", .load_text = rules_load },
};
#define LATER_KINDS (sizeof(later_kinds) / sizeof(*later_kinds))

const char *source_kind_name(enum source_kind kind)
{
	return kinds[kind].name;
}

enum source_kind source_kind_by_name(const char *name, size_t len)
{
	for (int kind = SOURCE_GUESS + 1; kind < SOURCE_KINDS; kind++)
		if (strlen(kinds[kind].name) == len && !memcmp(kinds[kind].name, name, len))
			return (enum source_kind)kind;
	return SOURCE_GUESS;
}

const struct source_option_spec *source_kind_options(enum source_kind kind)
{
	return kinds[kind].options;
}

const char *source_kinds(void)
{
	return "raw, dir, asm, c, oci, pid, rules";
}

bool source_kind_has_text(enum source_kind kind)
{
	return kinds[kind].load_text != NULL;
}

int source_kind_load_text(struct source *source, const struct text *text,
			  const struct source_options *options, struct diags *diags)
{
	return kinds[source->kind].load_text(source, text, options, diags);
}

int source_kind_unknown(const char *spec, size_t len, const struct span *place, struct diags *diags)
{
	const char *names[SOURCE_KINDS], *near[NEAR];
	size_t n = 0;

	for (int kind = SOURCE_GUESS + 1; kind < SOURCE_KINDS; kind++)
		names[n++] = kinds[kind].name;
	source_error(diags, place, spec, "unknown kind of source '%.*s'", (int)len, spec);
	n = vd_near(spec, len, names, n, near, NEAR);
	if (n)
		diag_hint_names(diags, near, n);
	else
		diag_hint(diags, "the kinds are %s; a file of that name is written ./%s", source_kinds(),
			  spec);
	return -1;
}

/* ----------------------------------------------------------------- guessing */

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n && !strcmp(name + len - n, suffix);
}

enum source_kind source_guess_by_name(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return SOURCE_DIR;
	for (int kind = SOURCE_GUESS + 1; kind < SOURCE_KINDS; kind++)
		if (kinds[kind].suffix && has_suffix(path, kinds[kind].suffix))
			return (enum source_kind)kind;
	return SOURCE_GUESS;
}

static bool holds(const struct text *text, const char *word)
{
	return memmem(text->data, text->len, word, strlen(word)) != NULL;
}

/* Words of C that no assembler text has, or initialisers from the first word on. */
static bool looks_like_c(const struct text *text)
{
	size_t at = strspn(text->data, " \t\r\n");

	return holds(text, "sock_filter") || holds(text, "BPF_STMT") || text->data[at] == '{';
}

static bool has_line(const struct text *text, const char *begin)
{
	const char *at = text->data;
	size_t len = strlen(begin);

	while (at && strncmp(at, begin, len)) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	return at;
}

/* Whether the first line that is no comment is 'key: ...'. */
static bool begins_with_key(const struct text *text)
{
	const char *at = text->data;

	while (*at == '#' || *at == '\n') {
		at = strchrnul(at, '\n');
		at += *at == '\n';
	}
	return at[strspn(at, "abcdefghijklmnopqrstuvwxyz_")] == ':';
}

static const char *likely_kind(const struct text *text)
{
	return raw_looks_binary(text) ? "raw" : begins_with_key(text) ? "rules" : "asm";
}

int source_no_filter(const struct text *text, const struct span *place, struct diags *diags)
{
	const char *value = strcmp(text->name, "<stdin>") ? text->name : "-";

	source_error(diags, place, text->name, "is neither raw instructions nor assembler text");
	if (begins_with_key(text) && has_line(text, "version:") && has_line(text, "cases:"))
		diag_hint(diags, "it looks like a case file: run it with 'verdict test %s'", value);
	else
		diag_hint(diags,
			  "if it is a filter, name its kind, as in %s:%s; 'verdict help sources' has them",
			  likely_kind(text), value);
	return -1;
}

enum source_kind source_guess_by_content(const struct text *text)
{
	if (raw_looks_binary(text))
		return SOURCE_RAW;
	/* The one key that every profile has, and no program. */
	if (holds(text, "defaultAction"))
		return SOURCE_OCI;
	return looks_like_c(text) ? SOURCE_C : SOURCE_ASM;
}
