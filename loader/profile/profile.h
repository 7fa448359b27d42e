/* SPDX-License-Identifier: MIT */
/*
 * Profiles as container engines read them: JSON or YAML (the Kubernetes
 * operator's objects, the seccomp part of an OCI bundle's config.json), to
 * rules, to a filter.
 *
 * words.c: the words of profiles; read.c, entry.c, value.c: the tree to struct profile;
 * select.c: the engine's part (which entries and architectures hold here);
 * runtime.c, compile.c: the runtime's part, through libseccomp; stub.c: what
 * runc puts before it; policy.c: a direct reading, without libseccomp.
 */
#ifndef LOADER_PROFILE_H
#define LOADER_PROFILE_H

#include "loader/policy.h"
#include "loader/source/options.h"
#include "loader/yaml.h"

struct source;

/* The options of oci: sources, and their reader. */
extern const struct source_option_spec oci_options[];
int oci_load(struct source *source, const struct text *text, const struct source_options *options,
	     struct diags *diags);

/* ------------------------------------------------------------------ words */

enum profile_op { PROFILE_NE, PROFILE_LT, PROFILE_LE, PROFILE_EQ, PROFILE_GE, PROFILE_GT, PROFILE_MASKED_EQ };

struct profile_word {
	const char *name;
	uint32_t value;
};

/* The words of one kind; the array ends with a NULL name. */
struct profile_words {
	const char *what; /* "an action", for messages */
	const struct profile_word *words;
};

extern const struct profile_words profile_actions; /* value: the 32-bit action, without data */
extern const struct profile_words profile_ops;	   /* enum profile_op */
extern const struct profile_words profile_archs;   /* SCMP_ARCH_...: enum vd_abi */
extern const struct profile_words
	profile_machines;			/* amd64, arm64 ... of includes and excludes: enum vd_abi */
extern const struct profile_words profile_caps; /* the capability's number */
extern const struct profile_words profile_flags;

/* The value of a word; NULL: it is none of them. */
const struct profile_word *profile_word_find(const struct profile_words *words, const struct span *span);
/* The hint under an unknown word: what is near. False: nothing is. */
bool profile_word_hint(const struct profile_words *words, const struct span *span, struct diags *diags);
/* By its value: "SCMP_ARCH_X86_64". */
const char *profile_word_name(const struct profile_words *words, uint32_t value);

/* -------------------------------------------------------------- the profile */

struct profile_arg {
	struct span at;
	unsigned index;
	enum profile_op op;
	uint64_t value, value_two; /* PROFILE_MASKED_EQ: the mask, and what must be left of the argument */
};

/* Where an entry holds (includes) or does not (excludes). */
struct profile_condition {
	struct span *caps;
	size_t n_caps;
	struct span *arches;
	size_t n_arches;
	bool has_kernel;
	unsigned kernel[2];
};

struct profile_action {
	struct span at;
	uint32_t ret;	     /* with its data */
	bool data_unused;    /* errnoRet is written for an action that has no data */
	struct span data_at; /* where it is */
};

struct profile_entry {
	struct span at;
	struct span *names;
	size_t n_names;
	struct profile_action action;
	struct profile_arg *args;
	size_t n_args;
	struct profile_condition includes, excludes;
};

/* Architectures by name, and what they are. */
struct profile_archs {
	struct span *names;
	int *abis;
	size_t n;
};

struct profile_machine {
	int abi;
	struct profile_archs subs;
};

/* All of it lives as long as the document that it was read from. */
struct profile {
	struct profile_action default_action;
	struct profile_archs archs;  /* architectures: */
	struct profile_machine *map; /* archMap: */
	size_t n_map;
	struct profile_entry *entries;
	size_t n_entries;
};

/* Reads a document into its arena. 0 or -1 (all problems diagnosed). */
int profile_read(struct doc *doc, struct diags *diags, struct profile *ret_profile);

/* -------------------------------------------------------------- its options */

enum profile_runtime { PROFILE_LIBSECCOMP, PROFILE_CRUN, PROFILE_RUNC };

struct profile_options {
	enum profile_runtime runtime;
	uint64_t caps;	 /* the bounding set, as bits */
	bool has_kernel; /* else newer than any that a profile asks for */
	unsigned kernel[2];
	int abi;   /* the machine's own */
	bool tree; /* libseccomp's binary tree over system call numbers */
};

int profile_options_read(const struct source_options *options, struct diags *diags,
			 struct profile_options *ret_options);
/* "5.10": two numbers, more may follow ("5.10.0-21-amd64"). False: it is none. */
bool profile_kernel_parse(const struct span *span, unsigned ret_kernel[2]);

/* --------------------------------------------------------- engine and runtime */

/* One system call of an entry that holds. */
struct profile_rule {
	const struct profile_entry *entry;
	const struct span *name;
};

/* What the engine hands to the runtime. */
struct selection {
	int *abis; /* the architectures named, in order; may lack the machine's own */
	size_t n_abis;
	struct profile_rule *rules; /* in order, one for each name */
	size_t n_rules;
};
void profile_select(const struct profile *profile, const struct profile_options *options, struct arena *arena,
		    struct selection *ret_selection);

/* What the runtime itself refuses, or passes over, is diagnosed. */
int profile_check(const struct profile *profile, const struct selection *selection,
		  const struct profile_options *options, struct diags *diags);

/* The filter that the runtime installs; *ret_insns is the caller's. 0 or -1 (diagnosed). */
int profile_compile(const struct profile *profile, const struct selection *selection,
		    const struct profile_options *options, struct diags *diags,
		    struct sock_filter **ret_insns, size_t *ret_len);

/*
 * What runc puts before a filter: for each machine word of the selection,
 * calls above the highest number that the profile names get ENOSYS. Writes at
 * most STUB_MAX instructions, returns how many.
 */
#define STUB_MAX 128
struct stub_arch {
	int abi;
	uint32_t last; /* the highest number named, 0: none */
};
size_t profile_stub(const struct stub_arch *archs, size_t n, struct sock_filter *ret_insns);
/* Whether runc does so for this default action. */
bool profile_stub_wanted(uint32_t default_action);

/*
 * A direct reading of the entries that hold. Takes the document over, which is
 * freed with the policy.
 */
struct policy *profile_policy(struct doc *doc, const struct profile *profile,
			      const struct selection *selection, const struct profile_options *options);

#endif
