/* SPDX-License-Identifier: MIT */
/* A notification for people: the call with its arguments by their types, strings read from the target. */
#ifndef LOADER_SUPERVISE_DECODE_H
#define LOADER_SUPERVISE_DECODE_H

#include "loader/supervise/notif.h"
#include "vm/verdict.h"

#define DECODE_STRING_MAX 4096 /* PATH_MAX */
#define DECODE_TEXT_MAX 1024

struct decoded {
	char *strings[6];	    /* arguments that are strings and could be read; NULL: others */
	char text[DECODE_TEXT_MAX]; /* "x86_64 mkdir("/tmp/a", 0o700)"; long strings are cut in it */
};

/* The latest notification. 0, -ENOENT: it waits no more (decoded all the same, without strings), or -ENOMEM.
 */
int notif_decode(const struct notif *notif, struct decoded *ret_decoded);
void decoded_done(struct decoded *decoded);

#endif
