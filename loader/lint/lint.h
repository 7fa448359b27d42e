/* SPDX-License-Identifier: MIT */
/*
 * Known holes of filters, each a proof over the stack with a record that shows
 * it. rules.c is the table; *_rules.c look for them; view.c says what the stack
 * does with each call of each ABI; ask.c is how questions are put.
 */
#ifndef LOADER_LINT_H
#define LOADER_LINT_H

#include "loader/diag.h"
#include "vm/prove/pair.h"

enum lint_severity { LINT_ERROR, LINT_WARNING, LINT_NOTE };
extern const char *const lint_severity_names[];

enum lint_rule_id {
	LINT_ARCH_UNCHECKED,
	LINT_FOREIGN_ABI,
	LINT_X32_OPEN,
	LINT_ABI_GAP,
	LINT_WRONG_ABI_NUMBER,
	LINT_ARGUMENT_ORDER,
	LINT_MULTIPLEXER_OPEN,
	LINT_EQUIVALENT_OPEN,
	LINT_HIGH_HALF_OPEN,
	LINT_HIGH_HALF_CLOSED,
	LINT_SIGN_EXTENSION,
	LINT_SIGNED_COMPARE,
	LINT_WRONG_HALF,
	LINT_EITHER_ARGUMENT,
	LINT_UNKNOWN_CALLS,
	LINT_PROBE_REFUSED,
	LINT_PROBE_KILLED,
	LINT_NOTHING_RUNS,
	LINT_NEVER_DECIDES,
	LINT_UNREACHABLE,
	LINT_UNKNOWN_ACTION,
	LINT_MASKED_KILL,
	LINT_IP_DEPENDENT,
	LINT_ERRNO_ZERO,
	LINT_ERRNO_CAPPED,
	LINT_RULES
};

struct lint_rule {
	const char *id; /* "high-half-open" */
	enum lint_severity severity;
	const char *summary; /* one line, for --list */
	const char *why;     /* for --explain */
	const char *close;   /* what to write instead */
};
extern const struct lint_rule lint_rules[LINT_RULES];
/* -1: no rule is called so. */
int lint_rule_by_id(const char *id, size_t len);
#define LINT_BIT(rule) (1u << (rule))
#define LINT_ALL (LINT_BIT(LINT_RULES) - 1)
_Static_assert(LINT_RULES < 32, "sets of rules are words");

struct lint_finding {
	enum lint_rule_id rule;
	char *message;
	bool known; /* false: the budget was spent, there is no record */
	int abi;    /* of an unknown: what was asked about */
	struct seccomp_data record;
	struct vd_verdict verdict;
	uint16_t free; /* words of the record that do not matter: free_words() */
};

/* What a stack may do with a call's records. */
enum { MAY_RUN = 1, MAY_DENY = 2, MAY_ASK = 4 /* a supervisor, a tracer; or ERRNO(0) */, MAY_UNKNOWN = 8 };

struct lint_call {
	uint32_t nr;
	const char *name;
	uint8_t may;
	bool by_args; /* arguments or the instruction pointer are looked at */
	uint32_t ret; /* what is decided where they are not */
};

/* An ABI as the stack sees it. */
struct lint_view {
	int abi;
	uint32_t audit_arch;
	bool known;    /* told apart from arch words that nobody has */
	bool denylist; /* calls that no one has a name for run */
	bool used;     /* something runs */
	size_t n;
	struct lint_call *calls; /* in numerical order */
};

struct lint {
	const struct vd_stack *stack;
	struct vd_stack *big;	  /* the same filters, big-endian */
	const char *const *names; /* of the filters */
	uint32_t rules;		  /* those that are on, LINT_BIT()s */
	struct vd_budget budget;  /* of one question */
	uint64_t deadline_ns;	  /* of all; 0: none */
	bool arch_matters, nr_matters;
	struct lint_view views[VD_ABI_COUNT]; /* of the ABIs that one machine has together with a known one */
	size_t n_views;
	bool *decides; /* for each filter: some record is known that it decides */
	struct lint_finding *findings;
	size_t n, cap;
	bool spent; /* the last question was not answered */
	bool no_memory;
};

struct lint_opts {
	uint32_t rules;
	unsigned question_ms, total_ms; /* 0: no limit */
};

/* stack and names live as long as lint. Finds everything. 0 or -ENOMEM; lint_done() either way. */
int lint_run(const struct vd_stack *stack, const char *const *names, const struct lint_opts *opts,
	     struct lint *ret_lint);
void lint_done(struct lint *lint);

/* ------------------------------------------------------------------ */
/* For the rules                                                      */

static inline bool lint_on(const struct lint *lint, enum lint_rule_id rule)
{
	return lint->rules >> rule & 1;
}

/* A finding: this record shows it. The message is formatted. */
void lint_add(struct lint *lint, enum lint_rule_id rule, const struct seccomp_data *record, const char *fmt,
	      ...) __attribute__((format(printf, 4, 5)));
/* The budget of a rule's question was spent: said once for each rule and ABI (VD_ABI_NONE: whatever the ABI).
 */
void lint_unknown(struct lint *lint, enum lint_rule_id rule, int abi);

/* The stack whose byte order is the ABI's. */
const struct vd_stack *lint_stack(const struct lint *lint, int abi);
struct vd_verdict lint_decide(const struct lint *lint, int abi, const struct seccomp_data *record);

/* What the next question may cost. False: nothing, the time for all of them is up. */
bool lint_budget(const struct lint *lint, struct vd_budget *ret_budget);

/* Classes of values, for struct vd_pair. */
extern const struct vd_values lint_runs, lint_denied, lint_asks;
bool lint_is_run(uint32_t ret);
bool lint_is_denied(uint32_t ret);
bool lint_is_killed(uint32_t ret); /* or TRAP: what a program does not expect to survive */

/*
 * Puts a question about an ABI's records: a, b and the ABI's arch word are
 * filled in (b, the same stack if there is none, when with_b). True: *ret_record shows it. Unknown answers
 * are noted for the rule.
 */
bool lint_ask(struct lint *lint, enum lint_rule_id rule, int abi, struct vd_pair *pair, bool with_b,
	      struct seccomp_data *ret_record);
/* Narrows a pair to a call: nr, and with it the arch word. */
struct vd_pair lint_about(int abi, uint32_t nr);
/* Narrows it further: bits of argument arg. */
void lint_arg_bits(struct vd_pattern *pattern, unsigned arg, uint64_t mask, uint64_t value);

/* And to registers as programs fill them: nothing in the bits that the kernel drops. */
void lint_canonical(struct vd_pattern *pattern, int abi, uint32_t nr);

int lint_views(struct lint *lint);
void lint_views_done(struct lint *lint);
const struct lint_view *lint_view(const struct lint *lint, int abi);
/* By name; NULL: the ABI has no such call, or it is not looked at. */
const struct lint_call *lint_call(const struct lint_view *view, const char *name);
/* ABIs that one machine runs, the given one included, as bits 1u << enum vd_abi. */
uint32_t lint_machine(int abi);
/* Whether what a policy denies by this name is denied for its power (mount, reboot), rather than by the way.
 */
bool lint_privileged(const char *name);

/* An instruction that compares a word of the record with a constant, for the sake of which values are tried.
 */
struct lint_compare {
	int filter;
	uint32_t pc, k;
	bool order; /* JGT or JGE */
};
/* All comparisons of a word (by meaning), at most max. Returns how many. */
size_t lint_compares(const struct lint *lint, int abi, unsigned word, struct lint_compare *ret_compares,
		     size_t max);
/* Whether an order comparison of that word is executed for a record. */
bool lint_orders(const struct lint *lint, int abi, const struct seccomp_data *record, unsigned word);

void lint_abi_rules(struct lint *lint);
void lint_door_rules(struct lint *lint);
void lint_argument_rules(struct lint *lint);
void lint_order_rules(struct lint *lint);
void lint_call_rules(struct lint *lint);
void lint_value_rules(struct lint *lint);
void lint_program_rules(struct lint *lint);

#endif
