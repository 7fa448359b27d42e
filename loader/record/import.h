/* SPDX-License-Identifier: MIT */
/* The calls of a log as records. */
#ifndef LOADER_RECORD_IMPORT_H
#define LOADER_RECORD_IMPORT_H

#include "loader/record/record.h"

struct import {
	bool strict;
};

/* Reads a log to its end ("-": stdin). The exit status; -1: it cannot be read (diagnosed). */
int import_log(const struct import *import, struct recording *recording, const char *path);

#endif
