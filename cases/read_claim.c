/* SPDX-License-Identifier: MIT */
/* What a case says: of a program that is installed, or of records. */
#include "cases/calls.h"
#include "cases/limits.h"
#include "cases/read.h"
#include "cases/same.h"
#include "cases/where.h"
#include "cases/words.h"
#include "loader/expr.h"

#include <errno.h>

void read_install(struct reader *reader, struct test_case *test, const struct node *place)
{
	const struct node *values[INSTALL_KEYS], *node = test->keys[CASE_INSTALL];
	size_t errors = reader->diags->errors;

	test->installs = true;
	if (keys_read(&install_keys, node, reader->diags, values) < 0)
		return;
	for (size_t i = 0; i < INSTALL_KEYS; i++)
		if (!values[i] && reader->diags->errors == errors)
			diag_error(reader->diags, &node->at, "'%s' is missing in install",
				   install_keys.names[i]);
	if (values[INSTALL_FILTER] && !word_check(values[INSTALL_FILTER], "a filter", reader->diags)) {
		struct span name = span_trim(values[INSTALL_FILTER]->text);
		test->install.filter = values[INSTALL_FILTER]->kind == NODE_SCALAR
					       ? filter_find(read_scope_of(reader, test), &name,
							     reader->arena, reader->diags)
					       : NULL;
	}
	const struct node *expect = values[INSTALL_EXPECT];
	if (expect && node_is(expect, "EINVAL"))
		test->install.expect = EINVAL;
	else if (expect && node_is(expect, "ENOMEM"))
		test->install.expect = ENOMEM;
	else if (expect && !expect->bad && !node_is(expect, "accepted")) {
		diag_error(reader->diags, &expect->at, "install expects 'accepted', 'EINVAL' or 'ENOMEM'");
		diag_hint(reader->diags, "these are what the kernel's check of a program can say");
	}
	if (test->keys[CASE_STACK])
		test->install.stack = read_stack_of(reader, test, place);
}

static const struct archs *archs_of(struct reader *reader, const struct test_case *test)
{
	static const struct archs unknown;
	const struct node *arch = test->keys[CASE_ARCH], *order = test->keys[CASE_BYTE_ORDER];

	if (!reader->archs_known || reader->arch != arch || reader->order != order) {
		reader->archs_known = true;
		reader->arch = arch;
		reader->order = order;
		reader->archs_ok = archs_read(arch, order, reader->arena, reader->diags, &reader->archs) == 0;
	}
	/* without any: what does not depend on them is read all the same */
	return reader->archs_ok ? &reader->archs : &unknown;
}

/* Expectations of the boxes, from those of the parts. */
static void give_expects(struct reader *reader, const struct test_case *test, const struct archs *archs,
			 const struct case_stack *stack, struct box *boxes, const size_t *parts, size_t n)
{
	const struct expect *one, **expects = &one;

	if (archs->n > 1)
		expects = arena_alloc(reader->arena, archs->n * sizeof(*expects));
	if (!test->keys[CASE_EXPECT] ||
	    expect_read(test->keys[CASE_EXPECT], archs, stack ? &stack->expect : NULL, reader->arena,
			reader->diags, expects) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		boxes[i].expect = expects[parts[i]];
}

/* The stack that decides the same, for the byte orders of the boxes. */
static void read_same(struct reader *reader, struct test_case *test, const struct archs *archs,
		      const struct box *boxes, size_t n)
{
	const struct node *node = test->keys[CASE_SAME_AS], *except = test->keys[CASE_EXCEPT];
	struct claim *claim = &test->claim;

	if (!node)
		return;
	claim->same_as = same_as_read(node, read_scope_in(reader, read_scope_of(reader, test)),
				      &reader->file->stacks, reader->arena, reader->diags);
	for (size_t i = 0; claim->same_as && i < n; i++)
		if (stack_prepare(claim->same_as, boxes[i].big_endian, &node->at, reader->arena,
				  reader->diags) < 0)
			break;
	if (except)
		(void)except_read(except, archs, &reader->file->wheres, reader->arena, reader->diags,
				  &claim->except, &claim->n_except);
}

void read_claim(struct reader *reader, struct test_case *test, const struct node *place)
{
	struct case_stack *stack = read_stack_of(reader, test, place);
	const struct archs *archs = archs_of(reader, test);
	struct box *boxes = NULL;
	size_t *parts = NULL, n = 0;
	struct set *calls;
	int r = -1;

	unsigned coverage;
	if (test->keys[CASE_LIMITS])
		(void)limits_read(test->keys[CASE_LIMITS], reader->diags, &test->claim.max_insns, &coverage);
	calls = arena_alloc(reader->arena, archs->n * sizeof(*calls) + 1);
	if (calls_read(test->keys[CASE_SYSCALL], archs, reader->arena, reader->diags, calls) == 0)
		r = boxes_read(archs, calls, test->keys[CASE_ARGS], test->keys[CASE_IP], reader->arena,
			       reader->diags, &boxes, &parts, &n);
	if (r == 0 && test->keys[CASE_WHERE])
		(void)where_apply(test->keys[CASE_WHERE], &reader->file->wheres, reader->arena, reader->diags,
				  &boxes, &parts, &n);
	give_expects(reader, test, archs, stack, boxes, parts, n);
	read_same(reader, test, archs, boxes, n);
	for (size_t i = 0; stack && i < n; i++)
		if (stack_prepare(stack, boxes[i].big_endian, &place->at, reader->arena, reader->diags) < 0)
			break;
	test->claim.stack = stack;
	test->claim.boxes = boxes;
	test->claim.n = n;
}
