/* SPDX-License-Identifier: MIT */
/* pid: the filters that a live task has, oldest first. */
#include "loader/source/kinds.h"
#include "loader/ptrace/filters.h"
#include "loader/ptrace/status.h"

#include <stdio.h>
#include <string.h>

static int add(struct source *source, struct task_filters *filters, size_t i, struct diags *diags)
{
	struct task_filter *filter = &filters->items[i];
	char path[64], name[32];

	/* As reports name the filters of a source that has several. */
	if (filters->n == 1)
		snprintf(path, sizeof(path), "%.40s", source->name);
	else
		snprintf(path, sizeof(path), "%.40s[%zu]", source->name, i + 1);
	snprintf(name, sizeof(name), "%02zu.bpf", i + 1);
	int r = source_add(source, path, filter->insns, filter->len, diags);
	filter->insns = NULL;
	if (r == 0)
		source->programs[source->n - 1].name = strdup(name);
	return r;
}

int pid_load(struct source *source, const char *id, const struct span *place, struct diags *diags)
{
	struct task_filters filters;
	char why[FILTERS_WHY_MAX];
	pid_t tid = task_id_parse(id);
	int r = 0;

	if (!tid) {
		source_error(diags, place, source->name, "'%s' is not the id of a process or thread", id);
		diag_hint(diags, "write its number: pid:1234");
		return -1;
	}
	if (task_filters_read(tid, &filters, why) < 0)
		return source_error(diags, place, source->name, "%s", why);
	for (size_t i = 0; i < filters.n && r == 0; i++)
		r = add(source, &filters, i, diags);
	task_filters_done(&filters);
	return r;
}

int pid_load_text(struct source *source, const struct text *text, const struct source_options *options,
		  struct diags *diags)
{
	struct span all = span_all(text);

	return pid_load(source, text->data, &all, diags);
}
