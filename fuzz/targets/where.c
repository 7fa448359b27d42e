/* SPDX-License-Identifier: MIT */
/*
 * Predicates. The first line is a call ("i386 lseek", "s390x 7"; empty: none;
 * with a `?` before it the predicate may speak of the verdict, ERRNO(EPERM)),
 * the rest is about it; its program holds for the records that its direct
 * reading holds for.
 */
#include "fuzz/support/support.h"
#include "loader/rules/pred.h"
#include "vm/random.h"

#include <errno.h>
#include <string.h>

#define RECORDS 32

static struct pred_subject subject_of(const struct span *line, struct diags *diags)
{
	bool search = line->len && line->text->data[line->off] == '?';
	struct span call = span_of(line->text, line->off + search, line->len - search);
	const char *data = line->text->data + call.off, *space = memchr(data, ' ', call.len);
	size_t len = space ? (size_t)(space - data) : call.len;
	struct span arch = span_of(line->text, call.off, len);
	struct pred_subject subject = { .abi = VD_ABI_X86_64, .search = search, .ret = 0x00050001 };
	uint32_t word;

	if (len && expr_arch(&arch, diags, &subject.abi, &word) < 0)
		subject.abi = VD_ABI_NONE;
	if (!space)
		return subject;
	struct span name = span_trim(span_of(line->text, call.off + len, call.len - len));
	subject.has_nr = subject.abi != VD_ABI_NONE &&
			 expr_syscall(&name, subject.abi, diags, &subject.nr) == 0;
	return subject;
}

static struct seccomp_data record_for(struct vd_random *random, const struct pred *pred,
				      const struct pred_subject *subject)
{
	struct seccomp_data record;
	uint64_t values[64];

	vd_random_record(random, NULL, 0, &record);
	for (int field = EXPR_ARG0; field <= EXPR_IP; field++) {
		size_t n = pred_boundaries(pred, field, values, 64);
		uint64_t value = n ? values[vd_random_below(random, (uint32_t)n)] : 0;
		if (!n || vd_random_below(random, 4) == 0)
			continue;
		if (field < EXPR_NR)
			record.args[field] = value;
		else if (field == EXPR_IP)
			record.instruction_pointer = value;
	}
	if (subject->abi != VD_ABI_NONE)
		record.arch = vd_abi_info(subject->abi)->audit_arch;
	if (subject->has_nr)
		record.nr = (int)subject->nr;
	return record;
}

static void compare(const struct pred *pred, const struct pred_subject *subject, bool big_endian,
		    uint64_t seed)
{
	struct vd_random random = { .state = seed };
	bool always, constant = pred_constant(pred, &always);
	struct vd_stack *stack;
	struct vd_prog *prog;
	int r = pred_program(pred, big_endian, &prog);

	EXPECT(r == 0 || r == -E2BIG, "pred_program() gives %d", r);
	if (r < 0)
		return;
	EXPECT(vd_stack_new(&stack) == 0 && vd_stack_push(stack, prog) == 0, "no stack");
	vd_prog_free(prog);
	vd_stack_set_big_endian(stack, big_endian);
	for (int i = 0; i < RECORDS; i++) {
		struct seccomp_data record = record_for(&random, pred, subject);
		uint32_t ret;
		vd_stack_run_each(stack, &record, &ret);
		bool holds = pred_holds(pred, &record);
		EXPECT(ret == holds, "the program returns %u, read directly it is %d", ret, holds);
		EXPECT(!constant || holds == always, "it is always %d, but not here", always);
	}
	vd_stack_free(stack);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = input_text(data, size);
	struct pred pred;
	struct expr expr;
	struct diags diags;
	struct span line;
	size_t at = 0;
	int r = -1;

	diags_init(&diags);
	if (next_line(&text, &at, &line) && at <= text.len) {
		struct pred_subject subject = subject_of(&line, &diags);
		struct span rest = span_of(&text, at, text.len - at);
		r = expr_parse(&rest, subject.search ? EXPR_SEARCH : 0, &diags, &expr, NULL);
		if (r == 0) {
			r = pred_bind(&expr, &subject, &diags, &pred);
			expr_done(&expr);
			if (r == 0) {
				compare(&pred, &subject, false, size);
				compare(&pred, &subject, true, size);
				pred_done(&pred);
			}
		}
		expect_diags(&diags, r);
	}
	diags_done(&diags);
	text_done(&text);
	return 0;
}
