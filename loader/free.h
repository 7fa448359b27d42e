/* SPDX-License-Identifier: MIT */
/*
 * Which words of a record do not matter: no filter reads them on the way to
 * its verdict, so that it is the same whatever they are.
 */
#ifndef LOADER_FREE_H
#define LOADER_FREE_H

#include "loader/json.h"
#include "vm/verdict.h"

/* Bit w: the word at offset 4 * w as a little-endian machine lays a record out (struct vd_witness.free). */
uint16_t free_words(const struct vd_stack *stack, const struct seccomp_data *data);

/* "arg0.hi, arg2 to arg5, ip"; empty: all words matter. */
void free_format(uint16_t words, char *buf, size_t size);
#define FREE_TEXT_MAX 96

/* A key and an array of names: ["arg0.hi", "arg2", "ip"]. */
void free_json(struct json *json, uint16_t words);

#endif
