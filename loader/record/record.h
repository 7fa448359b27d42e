/* SPDX-License-Identifier: MIT */
/*
 * The real system calls of a command, or of a process, as records; or what a
 * log has of some. follow.c (live), import.c (logs), writer.c (where they go).
 */
#ifndef LOADER_RECORD_RECORD_H
#define LOADER_RECORD_RECORD_H

#include "loader/record/writer.h"

#include <sys/types.h>

struct recording {
	struct diags *diags;
	struct writer *writer; /* NULL: calls are counted only */
	struct tally counts;   /* then */
	bool by_stops;	       /* no filter is used to see the calls */
	uint64_t tasks;	       /* that were followed */
	bool incomplete;       /* something was missed; it has been diagnosed */
};

/* False: what is recorded from now on is lost (diagnosed). */
bool recording_add(struct recording *recording, const struct seccomp_data *data, uint16_t open,
		   struct writer_task *task);

/*
 * Runs a command to its end. 0: *ret_status is its wait status; -1: diagnosed;
 * over 0: it did not run (diagnosed), the exit status to use.
 */
int record_command(struct recording *recording, char *const *argv, int *ret_status);
/* A process that runs already, until it ends or a signal ends us. 0 or -1 (diagnosed). */
int record_process(struct recording *recording, pid_t pid);

#endif
