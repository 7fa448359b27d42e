/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON as it goes: commas, quoting and indentation are its business.
 * 64-bit values and bit patterns are hex strings, counts numbers.
 * Strings are written as UTF-8; bytes that are not become U+FFFD.
 */
#ifndef LOADER_JSON_H
#define LOADER_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 16

struct json {
	FILE *out;
	int depth;
	bool compact;		       /* one line, no indentation */
	bool used[JSON_DEPTH_MAX + 1]; /* something was written at this depth */
	bool keyed;		       /* a key was written, its value comes next */
};

void json_init(struct json *json, FILE *out, bool compact);
void json_object(struct json *json);		/* { */
void json_array(struct json *json);		/* [ */
void json_end(struct json *json, char bracket); /* } or ] */
void json_key(struct json *json, const char *key);
void json_string(struct json *json, const char *text); /* NULL: null */
void json_string_n(struct json *json, const char *text, size_t len);
void json_number(struct json *json, long long value);
void json_real(struct json *json, double value); /* three decimals; what is not finite: null */
void json_hex(struct json *json, uint64_t value);   /* "0x7fff" */
void json_hex32(struct json *json, uint32_t value); /* "0x00050001": always eight digits */
void json_bool(struct json *json, bool value);
void json_null(struct json *json);
/* A final newline. */
void json_finish(struct json *json);

#endif
