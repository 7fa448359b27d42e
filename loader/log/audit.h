/* SPDX-License-Identifier: MIT */
/* One line of an audit log, of the journal or of dmesg. A pure function: no memory, no files. */
#ifndef LOADER_LOG_AUDIT_H
#define LOADER_LOG_AUDIT_H

#include "loader/log/call.h"

enum audit_kind {
	AUDIT_NOTHING,	 /* of another type, or no audit record at all */
	AUDIT_CALL,	 /* type=SECCOMP (1326): arguments are not told; type=SYSCALL (1300): four of them */
	AUDIT_MALFORMED, /* of these types, but its call cannot be read */
};

/* A line without its newline; any bytes. *ret_fault is written for AUDIT_MALFORMED. */
enum audit_kind audit_line_parse(const char *line, size_t len, struct log_call *ret_call,
				 struct log_fault *ret_fault);

#endif
