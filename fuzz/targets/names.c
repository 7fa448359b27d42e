/* SPDX-License-Identifier: MIT */
/* Words to ABIs, calls, errnos, constants and actions, and what is near to them. */
#include "fuzz/support/support.h"

#include <string.h>

static void check_near(const char *word, size_t len)
{
	const char *names[4];

	for (int kind = VD_NAME_ABI; kind <= VD_NAME_ACTION; kind++) {
		size_t n = vd_names_near(kind, VD_ABI_NONE, word, len, names, 4);
		EXPECT(n <= 4, "%zu names", n);
		for (size_t i = 0; i < n; i++)
			EXPECT(names[i] && *names[i], "no name");
	}
}

static void check_word(const char *word, size_t len)
{
	const struct vd_const *constant = vd_errno_by_name(word, len);
	uint32_t nr, action;
	bool has_data;

	for (int abi = 0; abi < VD_ABI_COUNT; abi++)
		if (vd_syscall_number(abi, word, len, &nr) == 0) {
			const char *name = vd_syscall_name(abi, nr);
			EXPECT(name != NULL, "%u has no name on ABI %d", nr, abi);
			/* a call may have two names, the number is one */
			EXPECT(vd_syscall_number(abi, name, strlen(name), &action) == 0 && action == nr, "%s",
			       name);
		}
	EXPECT(!constant || (strlen(constant->name) == len && !memcmp(constant->name, word, len)),
	       "another errno");
	constant = vd_const_by_name(word, len);
	EXPECT(!constant || (strlen(constant->name) == len && !memcmp(constant->name, word, len)),
	       "another constant");
	if (vd_action_by_name(word, len, &action) == 0)
		EXPECT(vd_action_name(action) != NULL, "an action without a name");
	if (vd_action_parse(word, len, &action, &has_data) == 0) {
		char buf[64];
		uint32_t again;
		size_t written = (size_t)vd_action_format(action, buf, sizeof(buf));
		EXPECT(vd_action_parse(buf, written, &again, NULL) == 0 && again == action,
		       "0x%08x is written %s", action, buf);
	}
	vd_abi_by_name(word, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = input_text(data, size < 40 ? size : 40);

	check_word(text.data, text.len);
	check_near(text.data, text.len);
	text_done(&text);
	return 0;
}
