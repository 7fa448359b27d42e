/* SPDX-License-Identifier: MIT */
/*
 * End-to-end runs in the running kernel: a target that makes real system calls
 * step by step, a supervisor that answers its notifications, a tracer that
 * answers its TRACE verdicts, and what each expects to see (verdict-scenarios(5)).
 */
#ifndef LOADER_SCENARIO_SCENARIO_H
#define LOADER_SCENARIO_SCENARIO_H

#include "loader/arena.h"
#include "loader/diag.h"
#include "vm/verdict.h"

#define SCENARIO_STEPS_MAX 256
#define SCENARIO_VARS_MAX 64
#define SCENARIO_MEMORY_MAX (1u << 20) /* strings and buffers of one scenario */
#define SCENARIO_LIMIT_MS 30000	       /* when it gives none */

/* ---------------------------------------------------------------- calls -- */

enum sc_arg_kind {
	SC_INT,
	SC_STRING, /* text[len], with a NUL behind it; $tmp in it is the scenario's folder */
	SC_BUFFER, /* len bytes, zero */
	SC_VAR,	   /* an earlier step's result, or the address of named data */
	SC_ANY,	   /* of what is seen: whatever it is */
};

struct sc_arg {
	enum sc_arg_kind kind;
	uint64_t value; /* SC_INT; SC_VAR: its index in scenario.vars */
	const char *text;
	size_t len;
};

struct sc_call {
	int abi;
	uint32_t nr; /* as records have it */
	struct sc_arg args[6];
	unsigned n;
	const char *text; /* as written, without what is expected */
};

struct sc_result {
	enum { SC_WHATEVER, SC_EQUALS, SC_AT_LEAST } kind;
	int64_t value; /* an errno is negative */
};

/* A name that arguments may use. */
struct sc_var {
	const char *name;
	int step;	  /* whose result it is; -1: data */
	const char *text; /* of data */
	size_t len;
};

/* ---------------------------------------------------------------- steps -- */

enum sc_step_kind { SC_CALL, SC_INSTALL, SC_STRICT };

struct sc_step {
	enum sc_step_kind kind;
	unsigned line;
	const char *text; /* "mkdir("/x", 0o700)", "install: deny" */
	struct sc_call call;
	const struct sock_filter *insns; /* SC_INSTALL; checked by nobody but the kernel */
	size_t len;
	unsigned flags;
	struct sc_result result;
	const char *gives; /* what the call's buffer holds after it, NULL: not looked at */
	size_t gives_len;
	int dies;	    /* the signal that ends the target in this step, 0: none */
	int exits;	    /* its exit status in this step, -1: it goes on */
	bool traps;	    /* SIGSYS comes, and is handled */
	int trap_data;	    /* its si_errno, -1: not looked at */
	int64_t trap_call;  /* its si_syscall, -1: not looked at */
	uint32_t trap_arch; /* its si_arch, 0: not looked at */
	int caught;	    /* a signal whose handler runs in this step, 0: none */
	int signal;	    /* sent to the target when it sleeps in this step's call, 0: none */
	unsigned after_ms;
};

/* ----------------------------------------------------------- supervisor -- */

enum sc_act_kind {
	SC_REPLY,	 /* result: a value or, negative, an errno */
	SC_REPLY_LENGTH, /* of the call's first string, read once more */
	SC_REPLY_CONTINUE,
	SC_ADD,	  /* a descriptor of a file that holds text; send: the call returns it */
	SC_DELAY, /* the call must not return meanwhile */
	SC_SIGNAL,
	SC_ID_VALID,
	SC_ID_GONE,
	SC_REWRITE,	 /* another thread of the target changes named data */
	SC_MKDIR,	 /* the supervisor itself makes a folder */
	SC_MEMORY_OPEN,	 /* the target's memory; the id is checked then */
	SC_MEMORY_EMPTY, /* reading it gives no byte */
	SC_KILL,	 /* the target, and waits for its end */
	SC_LEAVE,	 /* closes the listener */
};

struct sc_act {
	enum sc_act_kind kind;
	unsigned line;
	int64_t value; /* a reply's; a signal; milliseconds; a descriptor's number, -1: any; the variable to
			  rewrite */
	const char *text;
	size_t len;
	bool send;
	int fails; /* the errno that it is to fail with, 0: it succeeds */
};

/* A notification that the supervisor waits for, and what it does then. */
struct sc_notice {
	unsigned line;
	bool gone; /* no notification: nobody has the filter any more */
	struct sc_call saw;
	struct sc_act *acts;
	size_t n;
};

/* --------------------------------------------------------------- tracer -- */

struct sc_trace {
	unsigned line;
	struct sc_call saw;
	int data; /* of the verdict, -1: not looked at */
	enum { SC_PASS, SC_SKIP, SC_CHANGE } answer;
	int64_t value; /* SC_SKIP: what the call returns */
	struct sc_call change;
};

struct sc_handler {
	int signal;
	bool restart; /* SA_RESTART */
};

struct scenario {
	struct sc_step *steps;
	size_t n;
	struct sc_notice *notices;
	size_t n_notices;
	bool supervised;
	struct sc_trace *traces;
	size_t n_traces;
	bool traced;
	struct sc_handler *handlers;
	size_t n_handlers;
	struct sc_var vars[SCENARIO_VARS_MAX];
	size_t n_vars;
	unsigned limit_ms;
};

/* -------------------------------------------------------------- reading -- */

/*
 * "mkdir("$tmp/a", 0o700) = EPERM". Variables are looked up in scenario's; `_`
 * is allowed in what is seen. *ret_result may be NULL: nothing is expected then,
 * and `= ...` is an error. 0 or -1 (diagnosed).
 */
enum { SC_SEEN = 1 }; /* what a supervisor or a tracer saw: `_`, fewer arguments than the call has */
int sc_call_read(const struct span *span, const struct scenario *scenario, unsigned flags,
		 struct arena *arena, struct diags *diags, struct sc_call *ret_call,
		 struct sc_result *ret_result);
/* What comes behind `=`: a number, an errno's name, any. */
int sc_result_read(const struct span *span, struct diags *diags, struct sc_result *ret_result);
/* "SIGUSR1"; "50ms", "2s". 0 or -1 (diagnosed). */
int sc_signal_read(const struct span *span, struct diags *diags, int *ret_signal);
int sc_time_read(const struct span *span, struct diags *diags, unsigned *ret_ms);
const char *sc_signal_name(int signal); /* "signal 40" for one without a name; static storage, overwritten */

/* -------------------------------------------------------------- running -- */

#define SCENARIO_TEXT_MAX 512

struct scenario_outcome {
	enum { SCENARIO_PASSED, SCENARIO_FAILED, SCENARIO_NOT_RUN } status;
	unsigned line;		      /* of what failed, 0: of the scenario as a whole */
	size_t done;		      /* steps that returned */
	char text[SCENARIO_TEXT_MAX]; /* what was expected and what came; why it was not run */
};

/*
 * Runs a scenario, and leaves nothing of it behind: no process, no file. Never
 * longer than its limit and a moment. Belongs to the program's first thread.
 */
void scenario_run(const struct scenario *scenario, struct scenario_outcome *ret_outcome);

#endif
