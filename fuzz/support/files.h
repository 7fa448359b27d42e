/* SPDX-License-Identifier: MIT */
/*
 * Files that an input brings along, in place of those of the disk: targets are
 * linked so that everything that opens or looks for a file (text_read(),
 * text_open(), realpath(), folders, live tasks) comes here, and so does what
 * would hand a profile to libseccomp. The input is the file "input"; a line
 * `-- NAME --` begins another one.
 */
#ifndef FUZZ_SUPPORT_FILES_H
#define FUZZ_SUPPORT_FILES_H

#include "loader/diag.h"

#define FILES_MAX 16

/* The data stays the caller's. */
void files_set(const uint8_t *data, size_t size);
void files_done(void);

#endif
