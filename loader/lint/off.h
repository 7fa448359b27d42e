/* SPDX-License-Identifier: MIT */
/*
 * Rules that a project has switched off, with the reason:
 *
 *   disable:
 *     unknown-calls: runs on one libc only
 *     unreachable: the compiler's
 *
 * or, without reasons, disable: [unknown-calls, unreachable]
 */
#ifndef LOADER_LINT_OFF_H
#define LOADER_LINT_OFF_H

#include "loader/diag.h"

#define LINT_OFF_FILE ".verdict-lint.yaml"

/* Takes the file's rules out of *rules. path NULL: LINT_OFF_FILE, where there is one. 0 or -1 (diagnosed). */
int lint_off(const char *path, struct diags *diags, uint32_t *rules);

#endif
