/* SPDX-License-Identifier: MIT */
/* What a watched command's calls came to, as text of 80 columns or JSON. */
#ifndef LOADER_EXEC_REPORT_H
#define LOADER_EXEC_REPORT_H

#include "loader/exec/watch.h"

void watch_print(const struct watch *watch, FILE *out);
/* wait_status: how the command ended. */
void watch_json(const struct watch *watch, int wait_status, FILE *out);

#endif
