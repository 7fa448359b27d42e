/* SPDX-License-Identifier: MIT */
/* Calls that some ABIs make through socketcall(2) or ipc(2), by a number in the first argument. */
#ifndef LOADER_SHOW_MULTIPLEX_H
#define LOADER_SHOW_MULTIPLEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct multiplexer {
	const char *name; /* "socketcall" */
	uint32_t nr;	  /* on the ABI */
	uint32_t call;	  /* the first argument */
	uint32_t version; /* a bit of the first argument that the kernel takes for something else; 0: none */
};

/* How an ABI reaches a call through a multiplexer; false: it does not. */
bool multiplex_call(int abi, const char *call, struct multiplexer *ret_multiplexer);

/* The first arguments that a multiplexer knows, at most max. Returns how many; 0: not a multiplexer. */
size_t multiplex_calls(const char *name, uint64_t *ret_calls, size_t max);

#endif
