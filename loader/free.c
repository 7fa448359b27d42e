/* SPDX-License-Identifier: MIT */
#include "loader/free.h"

#include <stdio.h>
#include <string.h>

#define FIELDS 7     /* the 64-bit words: the instruction pointer, six arguments */
#define OPEN 0xfffcu /* all halves of them */

/* Halves change places: both layouts have a word's halves side by side. */
static uint16_t other_order(uint16_t words)
{
	return (uint16_t)((words & 0x5554) << 1 | (words & 0xaaa8) >> 1);
}

uint16_t free_words(const struct vd_stack *stack, const struct seccomp_data *data)
{
	struct vd_verdict verdict;
	uint16_t open = OPEN;
	int read;

	while (open && (read = vd_stack_run_open(stack, data, open, &verdict)) >= 0)
		open &= (uint16_t) ~(1u << read);
	return vd_stack_big_endian(stack) ? other_order(open) : open;
}

/* Of field i (0: ip, 1 to 6: args) the low and the high half, as two bits. */
static unsigned halves(uint16_t words, unsigned i)
{
	return words >> (2 + 2 * i) & 3;
}

static void field_name(unsigned i, unsigned half, char *buf, size_t size)
{
	static const char *const ends[] = { "", ".lo", ".hi", "" };
	char name[16] = "ip";

	if (i)
		snprintf(name, sizeof(name), "arg%u", i - 1);
	snprintf(buf, size, "%s%s", name, ends[half]);
}

static void append(char *buf, size_t size, const char *text)
{
	size_t len = strlen(buf);

	snprintf(buf + len, size - len, "%s%s", len ? ", " : "", text);
}

void free_format(uint16_t words, char *buf, size_t size)
{
	char name[32], last[16];

	buf[0] = '\0';
	for (unsigned i = 1; i < FIELDS; i++) {
		unsigned half = halves(words, i), end = i;
		if (!half)
			continue;
		field_name(i, half, name, sizeof(name));
		while (half == 3 && end + 1 < FIELDS && halves(words, end + 1) == 3)
			end++;
		if (end > i) {
			field_name(end, 3, last, sizeof(last));
			snprintf(name, sizeof(name), end == i + 1 ? "arg%u, %s" : "arg%u to %s", i - 1, last);
			i = end;
		}
		append(buf, size, name);
	}
	if (halves(words, 0)) {
		field_name(0, halves(words, 0), name, sizeof(name));
		append(buf, size, name);
	}
}

void free_json(struct json *json, uint16_t words)
{
	char name[16];

	json_key(json, "free");
	json_array(json);
	for (unsigned n = 1; n <= FIELDS; n++) {
		unsigned i = n % FIELDS; /* ip comes last */
		if (!halves(words, i))
			continue;
		field_name(i, halves(words, i), name, sizeof(name));
		json_string(json, name);
	}
	json_end(json, ']');
}
