/* SPDX-License-Identifier: MIT */
#ifndef LOADER_LINT_REPORT_H
#define LOADER_LINT_REPORT_H

#include "loader/lint/lint.h"
#include <stdio.h>

/* Findings for people: 80 columns but for records, which stay in one piece. */
void lint_print(const struct lint *lint, FILE *out, bool colour);
/* One JSON object, see verdict-lint(1); rules that were not settled are listed under "unknown". */
void lint_print_json(const struct lint *lint, FILE *out);
void lint_print_list(FILE *out);
void lint_print_rule(const struct lint_rule *rule, FILE *out);

/* A table in Markdown: one line a stack, the number of findings of each rule that has some. */
void lint_print_summary_head(FILE *out);
void lint_print_summary(const struct lint *lint, const char *name, FILE *out);

#endif
