/* SPDX-License-Identifier: MIT */
/*
 * Put before a source of a coverage build whose processes end by _exit(): what
 * they counted is written first, as exit() does. Processes under a filter are
 * left alone, since it may not let them.
 */
#ifndef CI_COVERAGE_H
#define CI_COVERAGE_H

#include <sys/prctl.h>
#include <unistd.h>

void __gcov_dump(void);

#define _exit(status) (prctl(PR_GET_SECCOMP) ? (void)0 : __gcov_dump(), (_exit)(status))

#endif
