/* SPDX-License-Identifier: MIT */
/* oci: sources: a profile in a text, to a program and its written policy. */
#include "loader/profile/profile.h"
#include "loader/source/kinds.h"

/* Takes the document over where it returns 0. */
static int load(struct source *source, struct doc *doc, const struct profile *profile,
		const struct profile_options *options, struct diags *diags)
{
	struct selection selection;
	struct sock_filter *insns;
	size_t len;

	profile_select(profile, options, &doc->arena, &selection);
	if (profile_check(profile, &selection, options, diags) < 0 ||
	    profile_compile(profile, &selection, options, diags, &insns, &len) < 0 ||
	    source_add(source, doc->text.name, insns, len, diags) < 0)
		return -1;
	source->policy = profile_policy(doc, profile, &selection, options);
	return 0;
}

int oci_load(struct source *source, const struct text *text, const struct source_options *written,
	     struct diags *diags)
{
	struct profile_options options;
	struct profile profile;
	struct doc *doc;
	size_t errors = diags->errors;
	int r = profile_options_read(written, diags, &options);

	if (doc_from(text, diags, &doc) < 0)
		return -1;
	/* Documents with duplicate keys, for one, are read to their end. */
	if (profile_read(doc, diags, &profile) < 0 || diags->errors != errors)
		r = -1;
	if (r == 0)
		r = load(source, doc, &profile, &options, diags);
	if (r < 0)
		doc_free(doc);
	return r;
}
