/* SPDX-License-Identifier: MIT */
/*
 * The checker against a second one, which is written from the opcodes' bit
 * fields and follows every edge of the program (fuzz/programs/reference.c).
 */
#include "fuzz/programs/reference.h"
#include "fuzz/support/support.h"

#include <string.h>

#define LEN_MAX 64

/* Opcodes that some machine takes come often; fields are what they are. */
static struct sock_filter insn_of(struct input *input)
{
	uint32_t first = input_word(input), k = input_word(input);
	uint16_t code = first & 0x100 ? (uint16_t)first : (uint16_t)(first & 0xff);

	return (struct sock_filter){ code, (uint8_t)(first >> 16), (uint8_t)(first >> 24), k };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct sock_filter insns[LEN_MAX];
	struct vd_error error;
	struct vd_prog *prog;
	size_t len = 0;

	while (input.left && len < LEN_MAX)
		insns[len++] = insn_of(&input);
	if (!len)
		return 0;
	bool taken = reference_check(insns, len) < 0;
	EXPECT((vd_prog_new(insns, len, &prog, &error) == 0) == taken, "%s", taken ? "refused" : "taken");
	if (taken) {
		EXPECT(vd_prog_len(prog) == len && !memcmp(vd_prog_insns(prog), insns, len * sizeof(*insns)),
		       "another program is kept");
		vd_prog_free(prog);
	} else {
		EXPECT(vd_error_errno(error.code) == 22, "errno %d", vd_error_errno(error.code));
	}
	return 0;
}
