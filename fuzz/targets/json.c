/* SPDX-License-Identifier: MIT */
/* JSON is written of any bytes, and read back as what of them is UTF-8. */
#include "fuzz/support/support.h"
#include "loader/json.h"
#include "loader/yaml.h"

#include <stdlib.h>
#include <string.h>

/* Bytes that are no UTF-8 are written U+FFFD. */
static char *expected(const uint8_t *data, size_t size, size_t *ret_len)
{
	char *text = malloc(3 * size + 1);
	size_t len = 0;

	EXPECT(text != NULL, "no memory");
	for (size_t i = 0; i < size;) {
		size_t n = utf8_length((const char *)data + i, size - i);
		memcpy(text + len, n ? (const char *)data + i : "\xef\xbf\xbd", n ? n : 3);
		len += n ? n : 3;
		i += n ? n : 1;
	}
	*ret_len = len;
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *written = NULL, *same;
	size_t len = 0, same_len;
	struct diags diags;
	struct json json;
	struct doc *doc;
	FILE *out = open_memstream(&written, &len);

	EXPECT(out != NULL, "no memory");
	json_init(&json, out, size & 1);
	json_array(&json);
	json_string_n(&json, (const char *)data, size);
	json_end(&json, ']');
	json_finish(&json);
	fclose(out);
	diags_init(&diags);
	EXPECT(doc_from_text("json", written, len, &diags, &doc) == 0 && !diags.n, "refused: %s", written);
	EXPECT(doc->root->kind == NODE_LIST && doc->root->n == 1, "no list of one: %s", written);
	same = expected(data, size, &same_len);
	const struct span *text = &doc->root->items[0]->text;
	EXPECT(text->len == same_len && !memcmp(text->text->data + text->off, same, same_len),
	       "another text is read: %s", written);
	free(same);
	doc_free(doc);
	diags_done(&diags);
	free(written);
	return 0;
}
