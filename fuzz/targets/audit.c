/* SPDX-License-Identifier: MIT */
/* Lines of audit logs, of the journal, of dmesg: each by itself, and of exactly its size. */
#include "fuzz/support/support.h"
#include "loader/log/audit.h"

#include <stdlib.h>
#include <string.h>

static void read_line(const struct span *span)
{
	char *line = malloc(span->len ? span->len : 1);
	struct log_fault fault;
	struct log_call call;

	EXPECT(line != NULL, "no memory");
	memcpy(line, span->text->data + span->off, span->len);
	switch (audit_line_parse(line, span->len, &call, &fault)) {
	case AUDIT_NOTHING:
		break;
	case AUDIT_CALL:
		EXPECT(strnlen(call.comm, LOG_COMM) < LOG_COMM, "a name without an end");
		for (unsigned i = 0; i < 6; i++)
			EXPECT((call.open & LOG_OPEN_ARG(i)) != LOG_OPEN_ARG(i) || !call.data.args[i],
			       "argument %u is open, and has a value", i);
		break;
	case AUDIT_MALFORMED:
		EXPECT(fault.why && *fault.why && fault.at <= span->len && fault.len <= span->len - fault.at,
		       "a fault outside the line");
		break;
	}
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = input_text(data, size);
	struct span line;
	size_t at = 0;

	while (next_line(&text, &at, &line))
		read_line(&line);
	text_done(&text);
	return 0;
}
