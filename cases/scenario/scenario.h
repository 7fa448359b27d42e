/* SPDX-License-Identifier: MIT */
/* Scenarios in case files: read to what loader/scenario/ runs. */
#ifndef CASES_SCENARIO_SCENARIO_H
#define CASES_SCENARIO_SCENARIO_H

#include "cases/file.h"
#include "loader/scenario/scenario.h"

enum scenario_key {
	SCENARIO_NAME,
	SCENARIO_STACK,
	SCENARIO_LISTENER,
	SCENARIO_HANDLERS,
	SCENARIO_DATA,
	SCENARIO_STEPS,
	SCENARIO_SUPERVISOR,
	SCENARIO_TRACER,
	SCENARIO_LIMIT,
	SCENARIO_TAGS,
	SCENARIO_SKIP,
	SCENARIO_TODO,
	SCENARIO_REFS,
	SCENARIO_KEYS,
};
enum step_key {
	STEP_CALL,
	STEP_INSTALL,
	STEP_FLAGS,
	STEP_RESULT,
	STEP_AS,
	STEP_GIVES,
	STEP_DIES,
	STEP_EXITS,
	STEP_TRAP,
	STEP_CAUGHT,
	STEP_SIGNAL,
	STEP_AFTER,
	STEP_KEYS,
};
enum trap_key { TRAP_DATA, TRAP_SYSCALL, TRAP_ARCH, TRAP_KEYS };
enum notice_key { NOTICE_SAW, NOTICE_REPLY, NOTICE_THEN, NOTICE_KEYS };
enum act_key {
	ACT_REPLY,
	ACT_ADD,
	ACT_DELAY,
	ACT_SIGNAL,
	ACT_ID,
	ACT_REWRITE,
	ACT_MKDIR,
	ACT_MEMORY,
	ACT_FAILS,
	ACT_KEYS,
};
enum descriptor_key { DESCRIPTOR_FD, DESCRIPTOR_AT, DESCRIPTOR_KEYS };
enum tracer_key { TRACER_SAW, TRACER_DATA, TRACER_SKIP, TRACER_CHANGE, TRACER_KEYS };

extern const struct key_table scenario_keys, step_keys, trap_keys, notice_keys, act_keys, descriptor_keys,
	tracer_keys;

/* What the readers of one scenario share. */
struct scenario_reader {
	struct case_file *file;
	struct arena *arena;
	struct diags *diags;
	struct scenario *scenario;
};

/* Reads a scenario's keys; what is wrong is diagnosed. */
struct scenario *scenario_read(struct case_file *file, const struct node *const *keys,
			       const struct node *place);

/* Its parts. */
void scenario_read_data(struct scenario_reader *reader, const struct node *map);
void scenario_read_steps(struct scenario_reader *reader, const struct node *node);
void scenario_read_supervisor(struct scenario_reader *reader, const struct node *node);
void scenario_read_tracer(struct scenario_reader *reader, const struct node *node);

/* ------------------------------------------------------------------ */
/* Words, each diagnosed when it is none                              */

/* A single word's span, trimmed; false: diagnosed. */
bool scenario_word(struct scenario_reader *reader, const struct node *node, const char *what,
		   struct span *ret_word);
/* A text of any bytes. */
bool scenario_text(struct scenario_reader *reader, const struct node *node, const char *what,
		   const char **ret_text, size_t *ret_len);
/* The filter that a word names; NULL: diagnosed. It may be refused by the kernel. */
const struct filter *scenario_filter(struct scenario_reader *reader, const struct node *node,
				     struct span *ret_name);
int scenario_signal(struct scenario_reader *reader, const struct node *node);	 /* 0: none */
unsigned scenario_time(struct scenario_reader *reader, const struct node *node); /* 0: none */
/* A number from 0 to max; -1: none. */
int64_t scenario_number(struct scenario_reader *reader, const struct node *node, uint64_t max);
/* Nodes of a list; one alone stands for a list of it. */
size_t scenario_items(const struct node *node, const struct node *const **ret_items, const struct node **one);

#endif
