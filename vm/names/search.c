/* SPDX-License-Identifier: MIT */
/* Finding a word, which may hold any bytes, among sorted names. */
#include "vm/names/names.h"

#include <string.h>

bool vd_name_is(const char *name, const char *word, size_t len)
{
	return strlen(name) == len && memcmp(name, word, len) == 0;
}

static int compare(const char *word, size_t len, const char *name)
{
	size_t name_len = strlen(name);
	int order = memcmp(word, name, len < name_len ? len : name_len);

	if (order != 0)
		return order;
	return (len > name_len) - (len < name_len);
}

int vd_name_search(const char *(*name_at)(size_t i), size_t count, const char *word, size_t len)
{
	size_t from = 0, to = count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = compare(word, len, name_at(middle));

		if (order == 0)
			return (int)middle;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return -1;
}
