/* SPDX-License-Identifier: MIT */
/*
 * Container profiles, JSON and YAML: what the engine takes of them, runc's
 * stub, and the direct reading. libseccomp is left out: it is not ours, and
 * needs a limit on its time.
 */
#include "fuzz/support/support.h"
#include "loader/profile/profile.h"
#include "vm/random.h"

static void read_records(const struct policy *policy, const struct vd_random *seed)
{
	struct vd_random random = *seed;

	for (int i = 0; i < 16; i++) {
		struct seccomp_data record;
		int rule = -2;
		vd_random_record(&random, NULL, 0, &record);
		if (policy->n && i % 2)
			record.nr = (int)policy->rules[(size_t)i % policy->n].nr;
		policy->read(policy, &record, &rule);
		EXPECT(rule == POLICY_DEFAULT || (rule >= 0 && (size_t)rule < policy->n), "rule %d decides",
		       rule);
	}
	for (size_t i = 0; i < policy->n && i < 64; i++) {
		uint64_t values[32];
		size_t n = policy->boundaries(policy, i, VD_ABI_X86_64, 0, values, 32);
		EXPECT(n <= 32, "%zu boundaries", n);
	}
}

static void apply(struct doc *doc, const struct profile *profile, const struct profile_options *options,
		  struct diags *diags)
{
	struct selection selection;
	struct sock_filter stub[STUB_MAX];
	struct stub_arch archs[VD_ABI_COUNT];
	size_t n = 0;

	profile_select(profile, options, &doc->arena, &selection);
	if (profile_check(profile, &selection, options, diags) < 0) {
		EXPECT(diags->errors > 0, "a profile is refused without a reason");
		doc_free(doc);
		return;
	}
	for (size_t i = 0; i < selection.n_abis && i < 4; i++)
		archs[n++] = (struct stub_arch){ selection.abis[i], (uint32_t)selection.n_rules };
	size_t len = n ? profile_stub(archs, n, stub) : 0;
	EXPECT(len <= STUB_MAX, "a stub of %zu instructions", len);
	/* as it stands before a filter */
	if (len && len < STUB_MAX)
		stub[len++] = (struct sock_filter){ 0x06, 0, 0, SECCOMP_RET_ALLOW };
	EXPECT(!len || len == STUB_MAX || !vd_check(stub, len, NULL, 0), "the kernel would refuse the stub");
	struct policy *policy = profile_policy(doc, profile, &selection, options);
	EXPECT(policy != NULL, "no policy");
	read_records(policy, &(struct vd_random){ .state = selection.n_rules });
	policy->free(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	uint8_t first = input_byte(&input), abi = input_byte(&input);
	struct profile_options options = { .runtime = first % 3,
					   .caps = first & 8 ? ~(uint64_t)0 : 0,
					   .has_kernel = first & 16,
					   .kernel = { 5, 10 },
					   .abi = abi % VD_ABI_COUNT };
	struct profile profile;
	struct diags diags;
	struct doc *doc;

	diags_init(&diags);
	int r = doc_from_text("input", (const char *)input.data, input.left, &diags, &doc);
	if (r == 0) {
		size_t errors = diags.errors;
		r = profile_read(doc, &diags, &profile);
		if (r == 0 && !errors && diags.errors == errors)
			apply(doc, &profile, &options, &diags);
		else
			doc_free(doc);
	}
	expect_diags(&diags, r);
	return 0;
}
