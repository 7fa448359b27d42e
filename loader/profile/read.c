/* SPDX-License-Identifier: MIT */
/* The whole of a profile, and where in a document it stands. */
#include "loader/keys.h"
#include "loader/profile/value.h"

enum {
	DEFAULT_ACTION,
	DEFAULT_ERRNO_RET,
	DEFAULT_ERRNO,
	ARCHITECTURES,
	ARCH_MAP,
	SYSCALLS,
	FLAGS,
	LISTENER_PATH,
	LISTENER_METADATA,
	PROFILE_KEYS,
};
static const char *const profile_names[PROFILE_KEYS] = {
	"defaultAction", "defaultErrnoRet", "defaultErrno", "architectures",	"archMap",
	"syscalls",	 "flags",	    "listenerPath", "listenerMetadata",
};
static const struct key_table profile_keys = { "a profile", profile_names, PROFILE_KEYS, NULL,
					       NULL, NULL };

enum { ARCHITECTURE, SUB_ARCHITECTURES, ARCH_KEYS };
static const char *const arch_names[ARCH_KEYS] = { "architecture", "subArchitectures" };
static const struct key_table arch_keys = {
	"an item of 'archMap'", arch_names, ARCH_KEYS, NULL, NULL, NULL
};

enum { API_VERSION, KIND, METADATA, SPEC, STATUS, OBJECT_KEYS };
static const char *const object_names[OBJECT_KEYS] = { "apiVersion", "kind", "metadata", "spec", "status" };
static const struct key_table object_keys = {
	"a SeccompProfile object", object_names, OBJECT_KEYS, NULL, NULL, NULL
};

/* ------------------------------------------------------------ architectures */

static int read_arch(const struct span *name, struct diags *diags, int *ret_abi)
{
	const struct profile_word *word = profile_word_find(&profile_archs, name);

	if (word) {
		*ret_abi = (int)word->value;
		return 0;
	}
	diag_error(diags, name, "'%.*s' is not an architecture", SHOWN(name));
	int abi = vd_abi_by_name(name->text->data + name->off, name->len);
	const char *meant = abi < 0 ? NULL : profile_word_name(&profile_archs, (uint32_t)abi);
	if (span_is(name, "SCMP_ARCH_NATIVE"))
		diag_hint(diags, "runtimes refuse it: leave it out, the machine's own is always there");
	else if (meant)
		diag_hint(diags, "write %s", meant);
	else
		profile_word_hint(&profile_archs, name, diags);
	return -1;
}

/* A list of SCMP_ARCH_ names, and what they are. */
static int read_archs(const struct node *node, const char *key, struct arena *arena, struct diags *diags,
		      struct profile_archs *ret_archs)
{
	struct profile_archs archs = { 0 };
	int r = value_texts(node, key, arena, diags, &archs.names, &archs.n);

	archs.abis = arena_alloc(arena, (archs.n + 1) * sizeof(*archs.abis));
	for (size_t i = 0; i < archs.n; i++)
		if (read_arch(&archs.names[i], diags, &archs.abis[i]) < 0)
			r = -1;
	*ret_archs = archs;
	return r;
}

static int read_map_item(const struct node *node, struct arena *arena, struct diags *diags,
			 struct profile_machine *ret_machine)
{
	const struct node *values[ARCH_KEYS];
	struct span name;
	int r = 0;

	if (keys_read(&arch_keys, node, diags, values) < 0)
		return -1;
	if (!values[ARCHITECTURE]) {
		diag_error(diags, &node->at, "'architecture' is missing");
		r = -1;
	} else if (value_text(values[ARCHITECTURE], "architecture", diags, &name) < 0 ||
		   read_arch(&name, diags, &ret_machine->abi) < 0) {
		r = -1;
	}
	if (read_archs(values[SUB_ARCHITECTURES], "subArchitectures", arena, diags, &ret_machine->subs) < 0)
		r = -1;
	return r;
}

static int read_map(const struct node *list, struct arena *arena, struct diags *diags,
		    struct profile *profile)
{
	int r = value_list(list, "archMap", diags);

	if (r <= 0)
		return r;
	profile->map = arena_alloc(arena, (list->n + 1) * sizeof(*profile->map));
	profile->n_map = list->n;
	r = 0;
	for (size_t i = 0; i < list->n; i++)
		if (read_map_item(list->items[i], arena, diags, &profile->map[i]) < 0)
			r = -1;
	return r;
}

/* ------------------------------------------------------------------ the rest */

static int read_syscalls(const struct node *list, struct arena *arena, struct diags *diags,
			 struct profile *profile)
{
	int r = value_list(list, "syscalls", diags);

	if (r <= 0)
		return r;
	profile->entries = arena_alloc(arena, (list->n + 1) * sizeof(*profile->entries));
	profile->n_entries = list->n;
	r = 0;
	for (size_t i = 0; i < list->n; i++)
		if (profile_entry_read(arena, list->items[i], diags, &profile->entries[i]) < 0)
			r = -1;
	return r;
}

/* Flags and listeners are the runtime's business: they change no verdict. */
static int read_flags(const struct node *list, struct diags *diags)
{
	const struct profile_word *word;
	int r = value_list(list, "flags", diags);

	if (r <= 0)
		return r;
	r = 0;
	for (size_t i = 0; i < list->n; i++)
		if (value_word(list->items[i], "flags", &profile_flags, diags, &word) < 0)
			r = -1;
	return r;
}

static int read_listener(const struct node *node, const char *key, struct diags *diags)
{
	if (!node || (!node->bad && node->kind == NODE_SCALAR))
		return 0;
	if (!node->bad)
		diag_error(diags, &node->at, "'%s' is text, this is %s", key, node_kind_name(node));
	return -1;
}

static int read_default(const struct node *node, const struct node *const *values, struct diags *diags,
			struct profile *profile)
{
	struct action_data data = { "defaultErrnoRet", "defaultErrno", values[DEFAULT_ERRNO_RET],
				    values[DEFAULT_ERRNO] };

	if (values[DEFAULT_ACTION])
		return profile_action_read(values[DEFAULT_ACTION], "defaultAction", &data, diags,
					   &profile->default_action);
	diag_error(diags, &node->at, "'defaultAction' is missing: what calls get that no entry speaks of");
	return -1;
}

static int read_profile(const struct node *node, struct arena *arena, struct diags *diags,
			struct profile *ret_profile)
{
	const struct node *values[PROFILE_KEYS];
	struct profile profile = { 0 };
	int r = 0;

	if (keys_read(&profile_keys, node, diags, values) < 0)
		return -1;
	if (read_default(node, values, diags, &profile) < 0)
		r = -1;
	if (read_archs(values[ARCHITECTURES], "architectures", arena, diags, &profile.archs) < 0)
		r = -1;
	if (read_map(values[ARCH_MAP], arena, diags, &profile) < 0)
		r = -1;
	if (profile.archs.n && profile.n_map) {
		diag_error(diags, &values[ARCH_MAP]->at, "both 'architectures' and 'archMap' are given");
		diag_hint(diags, "engines refuse that: write one of them");
		r = -1;
	}
	if (read_syscalls(values[SYSCALLS], arena, diags, &profile) < 0)
		r = -1;
	if (read_flags(values[FLAGS], diags) < 0)
		r = -1;
	if (read_listener(values[LISTENER_PATH], "listenerPath", diags) < 0)
		r = -1;
	if (read_listener(values[LISTENER_METADATA], "listenerMetadata", diags) < 0)
		r = -1;
	*ret_profile = profile;
	return r;
}

/* ------------------------------------------------------- where the profile is */

/* A Kubernetes object of the security profiles operator. */
static int read_object(const struct node *root, struct arena *arena, struct diags *diags,
		       struct profile *ret_profile)
{
	const struct node *values[OBJECT_KEYS];

	if (keys_read(&object_keys, root, diags, values) < 0)
		return -1;
	if (values[KIND] && !values[KIND]->bad && !node_is(values[KIND], "SeccompProfile")) {
		diag_error(diags, &values[KIND]->at,
			   "'kind' is SeccompProfile where the object is a profile");
		return -1;
	}
	const struct node *base = node_get(values[SPEC], "baseProfileName");
	if (base) {
		diag_error(diags, &base->at, "profiles on top of another one are not supported");
		diag_hint(diags,
			  "write the entries of the base profile here, and leave 'baseProfileName' out");
		return -1;
	}
	return read_profile(values[SPEC], arena, diags, ret_profile);
}

/* The config.json of an OCI bundle: nothing else in it matters here. */
static int read_bundle(const struct node *linux_part, struct arena *arena, struct diags *diags,
		       struct profile *ret_profile)
{
	const struct node *node = node_get(linux_part, "seccomp");

	if (node)
		return read_profile(node, arena, diags, ret_profile);
	diag_error(diags, &linux_part->at,
		   "the container has no seccomp profile: 'linux' has no key 'seccomp'");
	return -1;
}

int profile_read(struct doc *doc, struct diags *diags, struct profile *ret_profile)
{
	const struct node *root = doc->root, *spec = node_get(root, "spec"),
			  *linux_part = node_get(root, "linux");

	if (!root->bad && root->kind == NODE_SCALAR) {
		diag_error(diags, &root->at, "a profile is a mapping, this is a single value");
		if (doc->text.outer)
			diag_hint(diags, "a profile in a file is oci:FILE, or {oci: {file: FILE}}");
		return -1;
	}
	if (linux_part)
		return read_bundle(linux_part, &doc->arena, diags, ret_profile);
	if (spec)
		return read_object(root, &doc->arena, diags, ret_profile);
	return read_profile(root, &doc->arena, diags, ret_profile);
}
