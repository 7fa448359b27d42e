/* SPDX-License-Identifier: MIT */
/* Lines of strace's output, each by itself; the first byte is the ABI that its process was last said to be
 * in. */
#include "fuzz/support/support.h"
#include "loader/log/strace.h"

static void check_place(const struct log_fault *fault, size_t len)
{
	EXPECT(fault->why && *fault->why, "a fault without a reason");
	EXPECT(fault->at <= len && fault->len <= len - fault->at, "a fault at %zu of %zu bytes", fault->at,
	       len);
}

static void check_part(const char *part, size_t part_len, const struct span *line)
{
	const char *begin = line->text->data + line->off;

	EXPECT(!part_len || (part >= begin && part_len <= line->len && part + part_len <= begin + line->len),
	       "a part outside its line");
}

/* Words that are not given are 0. */
static void check_open(const struct log_call *call)
{
	const uint64_t words[] = { call->data.instruction_pointer,
				   call->data.args[0],
				   call->data.args[1],
				   call->data.args[2],
				   call->data.args[3],
				   call->data.args[4],
				   call->data.args[5] };

	for (unsigned i = 0; i < 14; i++)
		EXPECT(!(call->open >> (i + 2) & 1) || !(uint32_t)(words[i / 2] >> 32 * (i % 2)),
		       "half %u is open, and has a value", i);
}

static void read_line(const struct span *span, int mode)
{
	struct strace_line line;
	struct log_fault fault;
	struct log_call call;

	strace_line_parse(span->text->data + span->off, span->len, &line);
	if (line.kind == STRACE_MALFORMED)
		check_place(&line.fault, span->len);
	if (line.kind != STRACE_CALL && line.kind != STRACE_BEGUN && line.kind != STRACE_RESUMED)
		return;
	check_part(line.name, line.name_len, span);
	check_part(line.args, line.args_len, span);
	if (line.kind == STRACE_RESUMED)
		return;
	if (strace_call(&line, mode, &call, &fault)) {
		EXPECT(vd_abi_of(call.data.arch, (uint32_t)call.data.nr) != VD_ABI_NONE,
		       "an arch that nobody has");
		check_open(&call);
	} else {
		EXPECT(fault.why && *fault.why && fault.at + fault.len <= line.name_len,
		       "a fault outside the name");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = input_text(data, size);
	struct span line;
	size_t at = 1;

	while (next_line(&text, &at, &line))
		read_line(&line, data[0] % (VD_ABI_X32 + 1));
	text_done(&text);
	return 0;
}
