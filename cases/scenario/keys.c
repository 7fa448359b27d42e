/* SPDX-License-Identifier: MIT */
#include "cases/scenario/scenario.h"

static const char *const scenario_names[SCENARIO_KEYS] = {
	[SCENARIO_NAME] = "name",
	[SCENARIO_STACK] = "stack",
	[SCENARIO_LISTENER] = "listener",
	[SCENARIO_HANDLERS] = "handlers",
	[SCENARIO_DATA] = "data",
	[SCENARIO_STEPS] = "steps",
	[SCENARIO_SUPERVISOR] = "supervisor",
	[SCENARIO_TRACER] = "tracer",
	[SCENARIO_LIMIT] = "limit",
	[SCENARIO_TAGS] = "tags",
	[SCENARIO_SKIP] = "skip",
	[SCENARIO_TODO] = "todo",
	[SCENARIO_REFS] = "refs",
};
static const char *const step_names[STEP_KEYS] = {
	[STEP_CALL] = "call", [STEP_INSTALL] = "install", [STEP_FLAGS] = "flags",   [STEP_RESULT] = "result",
	[STEP_AS] = "as",     [STEP_GIVES] = "gives",	  [STEP_DIES] = "dies",	    [STEP_EXITS] = "exits",
	[STEP_TRAP] = "trap", [STEP_CAUGHT] = "caught",	  [STEP_SIGNAL] = "signal", [STEP_AFTER] = "after",
};
static const char *const trap_names[TRAP_KEYS] = {
	[TRAP_DATA] = "data",
	[TRAP_SYSCALL] = "syscall",
	[TRAP_ARCH] = "arch",
};
static const char *const notice_names[NOTICE_KEYS] = {
	[NOTICE_SAW] = "saw",
	[NOTICE_REPLY] = "reply",
	[NOTICE_THEN] = "then",
};
static const char *const act_names[ACT_KEYS] = {
	[ACT_REPLY] = "reply",	 [ACT_ADD] = "add",	  [ACT_DELAY] = "delay",
	[ACT_SIGNAL] = "signal", [ACT_ID] = "id",	  [ACT_REWRITE] = "rewrite",
	[ACT_MKDIR] = "mkdir",	 [ACT_MEMORY] = "memory", [ACT_FAILS] = "fails",
};
static const char *const descriptor_names[DESCRIPTOR_KEYS] = {
	[DESCRIPTOR_FD] = "fd", [DESCRIPTOR_AT] = "at"
};
static const char *const tracer_names[TRACER_KEYS] = {
	[TRACER_SAW] = "saw",
	[TRACER_DATA] = "data",
	[TRACER_SKIP] = "skip",
	[TRACER_CHANGE] = "change",
};

const struct key_table step_keys = {
	.where = "a step",
	.names = step_names,
	.n = STEP_KEYS,
	.form = "'- mkdir(\"$tmp/a\", 0o700) = EPERM', or '- call: ...' and more keys below it",
};
const struct key_table scenario_keys = {
	.where = "a scenario",
	.names = scenario_names,
	.n = SCENARIO_KEYS,
	.form = "'- name: ...', and 'steps:' below it",
	.other = &step_keys,
	.other_place = "a step",
};
const struct key_table trap_keys = {
	.where = "trap",
	.names = trap_names,
	.n = TRAP_KEYS,
	.form = "{data: 5, syscall: mkdir, arch: x86_64}",
};
const struct key_table notice_keys = {
	.where = "what a supervisor sees",
	.names = notice_names,
	.n = NOTICE_KEYS,
	.form = "'- saw: mkdir(\"$tmp/a\", _)' and 'reply: EPERM' below it, or '- gone'",
};
const struct key_table act_keys = {
	.where = "what a supervisor does",
	.names = act_names,
	.n = ACT_KEYS,
	.form = "'reply: EPERM', 'delay: 50ms' or another one, or 'kill', 'leave', 'die'",
	.other = &notice_keys,
	.other_place = "the supervisor's list",
};
const struct key_table descriptor_keys = {
	.where = "a descriptor",
	.names = descriptor_names,
	.n = DESCRIPTOR_KEYS,
	.form = "{fd: text of a file, at: 7}",
};
const struct key_table tracer_keys = {
	.where = "what a tracer sees",
	.names = tracer_names,
	.n = TRACER_KEYS,
	.form = "'- saw: mkdir(_, _)' and 'skip: EPERM' or 'change: getpid()' below it",
};
