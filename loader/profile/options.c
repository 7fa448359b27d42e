/* SPDX-License-Identifier: MIT */
/* What a profile depends on beside its text: options of oci: sources. */
#include "loader/profile/value.h"

#include <ctype.h>
#include <string.h>

enum { RUNTIME, CAPS, KERNEL, ARCH, TREE };
const struct source_option_spec oci_options[] = {
	{ "runtime", SOURCE_WORD }, { "caps", SOURCE_WORDS },  { "kernel", SOURCE_WORD },
	{ "arch", SOURCE_WORD },    { "tree", SOURCE_SWITCH }, { NULL, SOURCE_SWITCH },
};

static const struct profile_word runtimes[] = {
	{ "libseccomp", PROFILE_LIBSECCOMP },
	{ "crun", PROFILE_CRUN },
	{ "runc", PROFILE_RUNC },
	{ NULL, 0 },
};
static const struct profile_words runtime_words = { "a runtime", runtimes };

/* What containers have that were started without further options: Docker's documentation, containers.conf(5).
 */
#define CAPS_PODMAN                                                                                        \
	(1ull << 0 /* CHOWN */ | 1ull << 1 /* DAC_OVERRIDE */ | 1ull << 3 /* FOWNER */ |                   \
	 1ull << 4 /* FSETID */ | 1ull << 5 /* KILL */ | 1ull << 6 /* SETGID */ | 1ull << 7 /* SETUID */ | \
	 1ull << 8 /* SETPCAP */ | 1ull << 10 /* NET_BIND_SERVICE */ | 1ull << 18 /* SYS_CHROOT */ |       \
	 1ull << 31 /* SETFCAP */)
#define CAPS_DOCKER \
	(CAPS_PODMAN | 1ull << 13 /* NET_RAW */ | 1ull << 27 /* MKNOD */ | 1ull << 29 /* AUDIT_WRITE */)

static const struct {
	const char *name;
	uint64_t caps;
} cap_sets[] = {
	{ "docker", CAPS_DOCKER },
	{ "podman", CAPS_PODMAN },
	{ "none", 0 },
	{ "all", UINT64_MAX },
};

/* With and without CAP_, in any case. */
static bool is_cap(const struct span *word, const char *name)
{
	const char *text = word->text->data + word->off;
	size_t len = strlen(name);

	return (word->len == len && !strncasecmp(text, name, len)) ||
	       (word->len == len - 4 && !strncasecmp(text, name + 4, len - 4));
}

static int add_cap(const struct span *word, struct diags *diags, uint64_t *caps)
{
	for (size_t i = 0; i < sizeof(cap_sets) / sizeof(*cap_sets); i++) {
		if (span_is(word, cap_sets[i].name)) {
			*caps |= cap_sets[i].caps;
			return 0;
		}
	}
	for (const struct profile_word *cap = profile_caps.words; cap->name; cap++) {
		if (is_cap(word, cap->name)) {
			*caps |= 1ull << cap->value;
			return 0;
		}
	}
	diag_error(diags, word, "unknown capability '%.*s'", SHOWN(word));
	if (!profile_word_hint(&profile_caps, word, diags))
		diag_hint(diags, "capabilities are written CAP_SYS_ADMIN; docker, podman, all and none are "
				 "sets of them");
	return -1;
}

static int read_caps(const struct source_option *option, struct diags *diags, uint64_t *ret_caps)
{
	uint64_t caps = 0;
	int r = 0;

	for (size_t i = 0; i < option->n; i++)
		if (add_cap(&option->words[i], diags, &caps) < 0)
			r = -1;
	if (r == 0)
		*ret_caps = caps;
	return r;
}

/* The digits at *at of a span, as far as they go. */
static bool read_digits(const struct span *span, size_t *at, unsigned *ret_number)
{
	const char *text = span->text->data + span->off;
	size_t begin = *at;
	unsigned number = 0;

	while (*at < span->len && isdigit((unsigned char)text[*at]) && *at - begin < 6)
		number = number * 10 + (unsigned)(text[(*at)++] - '0');
	*ret_number = number;
	return *at > begin;
}

bool profile_kernel_parse(const struct span *span, unsigned ret_kernel[2])
{
	const char *text = span->text->data + span->off;
	unsigned kernel[2];
	size_t at = 0;

	if (!read_digits(span, &at, &kernel[0]) || at == span->len || text[at++] != '.' ||
	    !read_digits(span, &at, &kernel[1]))
		return false;
	if (at < span->len && text[at] != '.' && text[at] != '-')
		return false;
	memcpy(ret_kernel, kernel, sizeof(kernel));
	return true;
}

static int read_kernel(const struct source_option *option, struct diags *diags,
		       struct profile_options *ret_options)
{
	if (profile_kernel_parse(option->words, ret_options->kernel)) {
		ret_options->has_kernel = true;
		return 0;
	}
	diag_error(diags, option->words, "'%.*s' is not a kernel's version", SHOWN(option->words));
	diag_hint(diags, "write 5.10, for example");
	return -1;
}

static int read_arch(const struct span *word, struct diags *diags, int *ret_abi)
{
	const char *text = word->text->data + word->off, *near[3];
	int abi = vd_abi_by_name(text, word->len);

	if (abi != VD_ABI_NONE && profile_word_name(&profile_machines, (uint32_t)abi)) {
		*ret_abi = abi;
		return 0;
	}
	diag_error(diags, word, "'%.*s' is not a machine that containers run on", SHOWN(word));
	diag_hint_names(diags, near, vd_names_near(VD_NAME_ABI, VD_ABI_NONE, text, word->len, near, 3));
	return -1;
}

static int read_runtime(const struct span *word, struct diags *diags, enum profile_runtime *ret_runtime)
{
	const struct profile_word *runtime = profile_word_find(&runtime_words, word);

	if (runtime) {
		*ret_runtime = (enum profile_runtime)runtime->value;
		return 0;
	}
	diag_error(diags, word, "unknown runtime '%.*s'", SHOWN(word));
	if (!profile_word_hint(&runtime_words, word, diags))
		diag_hint(diags, "the runtimes are libseccomp (no runtime's additions), crun and runc");
	return -1;
}

int profile_options_read(const struct source_options *written, struct diags *diags,
			 struct profile_options *ret_options)
{
	const struct source_option *items = written->items;
	struct profile_options options = { .caps = CAPS_DOCKER,
					   .abi = VD_ABI_X86_64,
					   .tree = items[TREE].on };
	int r = 0;

	if (items[RUNTIME].given && read_runtime(items[RUNTIME].words, diags, &options.runtime) < 0)
		r = -1;
	if (items[CAPS].given && read_caps(&items[CAPS], diags, &options.caps) < 0)
		r = -1;
	if (items[KERNEL].given && read_kernel(&items[KERNEL], diags, &options) < 0)
		r = -1;
	if (items[ARCH].given && read_arch(items[ARCH].words, diags, &options.abi) < 0)
		r = -1;
	if (r == 0)
		*ret_options = options;
	return r;
}
