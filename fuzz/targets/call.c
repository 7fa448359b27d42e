/* SPDX-License-Identifier: MIT */
/* Concrete calls, one a line: what is read is written, read back the same, and is JSON. */
#include "fuzz/support/support.h"
#include "loader/call.h"
#include "loader/yaml.h"

#include <stdlib.h>
#include <string.h>

static void and_back(const struct seccomp_data *data)
{
	struct seccomp_data again;
	char buf[CALL_TEXT_MAX], other[CALL_TEXT_MAX];
	int len = call_format(data, buf, sizeof(buf));

	EXPECT(len > 0 && len < (int)sizeof(buf), "a call's text has %d bytes", len);
	struct text text = input_text((const uint8_t *)buf, (size_t)len);
	struct span all = span_all(&text);
	EXPECT(call_parse(&all, NULL, &again) == 0, "refused: %s", buf);
	call_format(&again, other, sizeof(other));
	EXPECT(!memcmp(data, &again, sizeof(again)), "%s is read as %s", buf, other);
	text_done(&text);
}

static void as_json(const struct seccomp_data *data)
{
	char *written = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&written, &len);
	struct diags diags;
	struct json json;
	struct doc *doc;

	EXPECT(out != NULL, "no memory");
	json_init(&json, out, data->nr & 1);
	call_json(&json, data);
	json_finish(&json);
	fclose(out);
	diags_init(&diags);
	EXPECT(doc_from_text("json", written, len, &diags, &doc) == 0 && !diags.n &&
		       doc->root->kind == NODE_MAP,
	       "this is no JSON: %s", written);
	doc_free(doc);
	diags_done(&diags);
	free(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = input_text(data, size);
	struct seccomp_data record;
	struct diags diags;
	struct span line;
	size_t at = 0;
	int r = 0;

	diags_init(&diags);
	while (next_line(&text, &at, &line)) {
		if (call_parse(&line, &diags, &record) < 0) {
			r = -1;
			continue;
		}
		and_back(&record);
		as_json(&record);
	}
	expect_diags(&diags, r);
	text_done(&text);
	return 0;
}
