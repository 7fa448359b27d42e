/* SPDX-License-Identifier: MIT */
/* What the engine's suites share: records worth asking about, and the filters of real software. */
#ifndef VM_ENGINE_TESTING_H
#define VM_ENGINE_TESTING_H

#include "vm/engine/engine.h"
#include "vm/random.h"
#include "vm/testing.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static inline unsigned many(unsigned usual, unsigned when_long)
{
	return getenv("CHECK_LONG") ? when_long : usual;
}

/* Archs, numbers and words such as the stack's programs look for. */
static inline void record_for(struct vd_random *random, const struct sock_filter *insns, size_t len,
			      struct seccomp_data *ret_data)
{
	static const uint32_t archs[] = { 0xc000003e, 0xc000003e, 0x40000003, 0xc00000b7, 0x80000016 };

	vd_random_record(random, insns, len, ret_data);
	if (vd_random_below(random, 4))
		ret_data->arch = archs[vd_random_below(random, COUNT_OF(archs))];
	if (vd_random_below(random, 3))
		ret_data->nr = (int)(vd_random_below(random, 600) |
				     (vd_random_below(random, 8) ? 0 : 0x40000000));
}

#define CORPUS "cases/suite/corpus"

static inline int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static inline int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static inline void push_file(struct vd_stack *stack, const char *path, struct sock_filter *insns,
			     size_t *ret_len)
{
	FILE *file = fopen(path, "re");
	struct vd_prog *prog;

	ck_assert_msg(file != NULL, "%s", path);
	*ret_len = fread(insns, sizeof(*insns), 4096, file);
	fclose(file);
	ck_assert_int_eq(vd_prog_new(insns, *ret_len, &prog, NULL), 0);
	ck_assert_int_eq(vd_stack_push(stack, prog), 0);
	vd_prog_free(prog);
}

/* The stack in a folder; false when it is no folder of programs. The last program's instructions seed the
 * records. */
static inline bool corpus_stack(const char *name, struct vd_stack **ret_stack, struct sock_filter *insns,
				size_t *ret_len)
{
	char path[400];
	struct dirent **files;
	struct vd_stack *stack;

	snprintf(path, sizeof(path), "%s/%s", CORPUS, name);
	int n = scandir(path, &files, is_visible, by_name);
	if (n < 0)
		return false;
	ck_assert_int_eq(vd_stack_new(&stack), 0);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", CORPUS, name, files[i]->d_name);
		push_file(stack, path, insns, ret_len);
		free(files[i]);
	}
	free(files);
	*ret_stack = stack;
	return true;
}

#endif
