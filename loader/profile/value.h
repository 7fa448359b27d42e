/* SPDX-License-Identifier: MIT */
/* Single values of profiles, as the engines' decoders take them; for loader/profile/ only. */
#ifndef LOADER_PROFILE_VALUE_H
#define LOADER_PROFILE_VALUE_H

#include "loader/profile/profile.h"

/* For %.*s of a span, cut where it gets long. */
#define SHOWN(span) (int)((span)->len < 40 ? (span)->len : 40), (span)->text->data + (span)->off

/* A number from 0 to max: what names it in messages is the key. 0 or -1 (diagnosed). */
int value_number(const struct node *node, const char *key, uint64_t max, struct diags *diags,
		 uint64_t *ret_value);
/* Text that is not empty. */
int value_text(const struct node *node, const char *key, struct diags *diags, struct span *ret_text);
/* A word of a kind: *ret_word untouched on failure. */
int value_word(const struct node *node, const char *key, const struct profile_words *words,
	       struct diags *diags, const struct profile_word **ret_word);
/* A list of texts; nothing, null: none. Spans are the arena's. */
int value_texts(const struct node *node, const char *key, struct arena *arena, struct diags *diags,
		struct span **ret_texts, size_t *ret_n);
/* Whether a list is there: NULL and null are none. -1: something else (diagnosed). */
int value_list(const struct node *node, const char *key, struct diags *diags);
/* An action's data: errnoRet (a number), or errno (a name) which goes before it. 1: there, 0: neither, -1. */
struct action_data {
	const char *number_key, *name_key;
	const struct node *number, *name;
};

/* An action with its data. */
int profile_action_read(const struct node *node, const char *key, const struct action_data *data,
			struct diags *diags, struct profile_action *ret_action);

/* One item of syscalls:. */
int profile_entry_read(struct arena *arena, const struct node *node, struct diags *diags,
		       struct profile_entry *ret_entry);

#endif
