/* SPDX-License-Identifier: MIT */
#include "bench/cost/cost.h"
#include "loader/call.h"
#include "vm/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *join(const char *const *specs, size_t n)
{
	size_t len = 1;

	for (size_t i = 0; i < n; i++)
		len += strlen(specs[i]) + 1;
	char *name = calloc(1, len);
	for (size_t i = 0; i < n && name; i++) {
		if (i)
			strcat(name, " ");
		strcat(name, specs[i]);
	}
	return name;
}

int subject_init(struct subject *subject, const char *const *specs, size_t n, struct diags *diags)
{
	subject->name = join(specs, n);
	if (!subject->name) {
		diag_file_error(diags, specs[0], "out of memory");
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		if (source_list_add(&subject->sources, specs[i], diags) < 0)
			return -1;
	return source_list_stack(&subject->sources, diags, &subject->filters);
}

void subject_done(struct subject *subject)
{
	vd_engine_free(subject->engines[0]);
	vd_engine_free(subject->engines[1]);
	filter_stack_done(&subject->filters);
	source_list_done(&subject->sources);
	free(subject->name);
	*subject = (struct subject){ 0 };
}

const struct vd_engine *subject_turn_to(struct subject *subject, const struct seccomp_data *data)
{
	bool big_endian = call_big_endian(data);
	struct vd_engine **engine = &subject->engines[big_endian];

	vd_stack_set_big_endian(subject->filters.stack, big_endian);
	if (*engine)
		return *engine;
	uint64_t begin = clock_ns();
	if (vd_engine_new(subject->filters.stack, engine) < 0)
		return NULL;
	if (subject->build_ms == 0)
		subject->build_ms = (double)(clock_ns() - begin) / 1e6;
	return *engine;
}

static void count(void *userdata, int filter, unsigned pc, uint32_t a, uint32_t x)
{
	((unsigned *)userdata)[filter]++;
}

void point_instructions(const struct subject *subject, const struct seccomp_data *data, unsigned *ret_each)
{
	memset(ret_each, 0, vd_stack_len(subject->filters.stack) * sizeof(*ret_each));
	vd_stack_trace(subject->filters.stack, data, count, ret_each);
}

const char *subject_filter(const struct subject *subject, size_t i)
{
	return source_list_program(&subject->sources, i)->path;
}
