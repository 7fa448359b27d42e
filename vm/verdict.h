/* SPDX-License-Identifier: MIT */
/*
 * libverdict: what does the kernel decide for this system call?
 *
 * A userspace classic-BPF machine for Linux seccomp filters: the kernel's own
 * acceptance rules (net/core/filter.c: bpf_check_classic and
 * check_load_and_stores; kernel/seccomp.c: seccomp_check_filter), its
 * arithmetic, and its way of combining the filters of one task
 * (kernel/seccomp.c: seccomp_run_filters).
 *
 * Functions return 0 or a negative errno unless they say otherwise. Outputs
 * come last, are named ret_... (or reterr) and are untouched on failure, except
 * that reterr is written on failure only. The library prints nothing, never
 * exits and keeps no global state; const objects may be used from many threads
 * at once.
 *
 * struct seccomp_data holds numbers in host order. What an ABI's byte order
 * changes is which 32-bit half of a 64-bit word (instruction_pointer, args[])
 * lies at the lower offset, and so which half `ld [16]` loads: a stack has
 * that as a property.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <linux/filter.h>  /* struct sock_filter */
#include <linux/seccomp.h> /* struct seccomp_data, SECCOMP_RET_* */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

#define VD_VERSION_MAJOR 0
#define VD_VERSION_MINOR 1
#define VD_VERSION_PATCH 0

/* The library's version as text, "0.1.0". Static storage. */
const char *vd_version(void);

/* ------------------------------------------------------------------ */
/* Errors                                                             */

/* Why a program or a stack is refused. The values are stable. */
enum vd_error_code {
	VD_ERROR_NONE = 0,
	VD_ERROR_LENGTH = 1,	     /* not 1 to 4096 instructions; value: the length */
	VD_ERROR_OPCODE = 2,	     /* an opcode that seccomp(2) does not take */
	VD_ERROR_LOAD_OFFSET = 3,    /* LD ABS: k >= 64 or k % 4 != 0 */
	VD_ERROR_DIV_BY_ZERO = 4,    /* DIV K with k = 0 */
	VD_ERROR_SHIFT = 5,	     /* LSH K, RSH K with k >= 32 */
	VD_ERROR_MEM_INDEX = 6,	     /* M[k] with k >= 16 */
	VD_ERROR_JUMP = 7,	     /* JA's target is outside the program; value: the target */
	VD_ERROR_JUMP_TRUE = 8,	     /* jt's target is outside the program; value: the target */
	VD_ERROR_JUMP_FALSE = 9,     /* jf's target is outside the program; value: the target */
	VD_ERROR_NO_RET = 10,	     /* the last instruction is not RET K or RET A */
	VD_ERROR_MEM_UNWRITTEN = 11, /* M[k] may be read before it is written */
	VD_ERROR_STACK_SIZE = 12, /* the stack's converted size exceeds the kernel's limit; value: the size */
	VD_ERROR_NO_MEMORY = 13,  /* malloc failed */
};

/*
 * A refusal: a value with a place. The text is made where it is shown, by
 * vd_error_format().
 */
struct vd_error {
	int code;		 /* enum vd_error_code */
	int pc;			 /* index of the offending instruction, -1: none */
	struct sock_filter insn; /* that instruction as it was given (zero when pc is -1) */
	uint64_t value;		 /* what was found, by code (see above), else 0 */
	uint64_t limit;		 /* what is allowed, by code, else 0 */
};

/*
 * Writes "EINVAL: instruction 3: ..." to buf, at most size bytes with the
 * terminating NUL. Returns the length of the whole text, as snprintf does.
 */
int vd_error_format(const struct vd_error *error, char *buf, size_t size);

/* The errno seccomp(2) fails with for this code: EINVAL or ENOMEM (positive). */
int vd_error_errno(int code);

/* ------------------------------------------------------------------ */
/* Programs                                                           */

/*
 * One filter program, checked exactly as seccomp(2) checks it; immutable; owns
 * a copy of the instructions.
 */
struct vd_prog;

/*
 * -EINVAL: the kernel would refuse the program, *reterr (may be NULL) says
 * where and why; -ENOMEM.
 */
int vd_prog_new(const struct sock_filter *insns, size_t len, struct vd_prog **ret_prog,
		struct vd_error *reterr);
void vd_prog_free(struct vd_prog *prog); /* NULL is fine */

/* Number of instructions (1 to 4096), and the instructions as they were given; live as long as prog. */
size_t vd_prog_len(const struct vd_prog *prog);
const struct sock_filter *vd_prog_insns(const struct vd_prog *prog);

/*
 * The length after the kernel's conversion to its internal instructions,
 * which its size limit counts (net/core/filter.c: bpf_convert_filter).
 */
size_t vd_prog_converted_len(const struct vd_prog *prog);

/* The 32-bit value that the program returns. Halves of 64-bit words as on a little-endian machine. */
uint32_t vd_prog_run(const struct vd_prog *prog, const struct seccomp_data *data);

/*
 * All violations of the kernel's rules, in the order of their instructions,
 * at most max of them into ret_errors (may be NULL when max is 0). Returns how
 * many there are; 0: seccomp(2) takes the program.
 */
size_t vd_check(const struct sock_filter *insns, size_t len, struct vd_error *ret_errors, size_t max);

/* ------------------------------------------------------------------ */
/* Stacks                                                             */

/* The filters of one task, oldest first. Copies what is pushed. Empty: ALLOW, no winner. */
struct vd_stack;

int vd_stack_new(struct vd_stack **ret_stack);
/* Installs prog on top. -ENOMEM where the kernel's size limit says so, or when malloc fails. */
int vd_stack_push(struct vd_stack *stack, const struct vd_prog *prog);
void vd_stack_free(struct vd_stack *stack); /* NULL is fine */

/* Which half of a 64-bit word lies at the lower offset. New stacks are little-endian. */
void vd_stack_set_big_endian(struct vd_stack *stack, bool big_endian);
bool vd_stack_big_endian(const struct vd_stack *stack);

/* Number of filters; the i-th (0 is the oldest), owned by the stack. */
size_t vd_stack_len(const struct vd_stack *stack);
const struct vd_prog *vd_stack_prog(const struct vd_stack *stack, size_t i);

/* The limit that vd_stack_push() enforces: 32,768 (kernel/seccomp.c: MAX_INSNS_PER_PATH). */
#define VD_STACK_SIZE_MAX 32768
/* Converted lengths of the installed filters, each with the kernel's penalty of 4. */
size_t vd_stack_size(const struct vd_stack *stack);

struct vd_verdict {
	uint32_t ret; /* the value that stands, as the filter returned it; 0x7fff0000 when none lowered ALLOW
		       */
	int filter;   /* index of the filter that returned it, -1: none */
	unsigned insns; /* instructions executed, all filters together */
};

struct vd_verdict vd_stack_run(const struct vd_stack *stack, const struct seccomp_data *data);

/* The same, and what each filter returned, into ret_values[vd_stack_len(stack)]. */
struct vd_verdict vd_stack_run_each(const struct vd_stack *stack, const struct seccomp_data *data,
				    uint32_t *ret_values);

/*
 * Called before each executed instruction, filters in the kernel's order
 * (newest first): the filter's index, the instruction's, A and X before it.
 */
typedef void (*vd_trace_fn)(void *userdata, int filter, unsigned pc, uint32_t a, uint32_t x);
struct vd_verdict vd_stack_trace(const struct vd_stack *stack, const struct seccomp_data *data,
				 vd_trace_fn fn, void *userdata);

/*
 * A record of which some words are open: bit w of open stands for the 32-bit
 * word at offset 4*w of struct seccomp_data as this stack's byte order lays it
 * out. When no filter loads an open word the verdict holds for every value of
 * the open words: returns -1 and writes *ret_verdict. Otherwise returns the
 * index (0 to 15) of the first open word loaded.
 */
int vd_stack_run_open(const struct vd_stack *stack, const struct seccomp_data *data, uint16_t open,
		      struct vd_verdict *ret_verdict);

/* ------------------------------------------------------------------ */
/* The fast engine                                                    */

/*
 * The same answers, partially evaluated: for each call of the ABIs that the
 * programs speak of, what arch and nr decide is decided when it is made.
 * Copies the stack. Immutable, usable from many threads at once.
 */
struct vd_engine;
int vd_engine_new(const struct vd_stack *stack, struct vd_engine **ret_engine); /* 0 or -ENOMEM */
void vd_engine_free(struct vd_engine *engine);					/* NULL is fine */
/* The value that stands, as vd_stack_run().ret. */
uint32_t vd_engine_run(const struct vd_engine *engine, const struct seccomp_data *data);
/* The same for n records, into ret_verdicts[n]. */
void vd_engine_run_batch(const struct vd_engine *engine, const struct seccomp_data *data, size_t n,
			 uint32_t *ret_verdicts);

/* ------------------------------------------------------------------ */
/* Actions                                                            */

/*
 * "ERRNO(EPERM)", "ERRNO(5000)", "TRACE(7)", "KILL_PROCESS", "ALLOW",
 * "ALLOW(1)"; "0x00010000" for an action that the kernel does not know. Data is
 * shown for ERRNO, TRAP (when not 0), TRACE, and where it is not 0.
 * Returns the text's length, as snprintf does.
 */
int vd_action_format(uint32_t ret, char *buf, size_t size);

/*
 * An action's name in the kernel's (SECCOMP_RET_ERRNO), libseccomp's
 * (SCMP_ACT_ERRNO, SCMP_ACT_NOTIFY, SCMP_ACT_KILL) or short (ERRNO) spelling,
 * case as written. -ENOENT: not an action's name.
 */
int vd_action_by_name(const char *name, size_t len, uint32_t *ret_action);

/*
 * Text to value: "NAME", "NAME(data)" with data a number or an errno's name,
 * or a 32-bit number. *ret_has_data (may be NULL) tells whether data was
 * written. -EINVAL: none of these, or data over 65535.
 */
int vd_action_parse(const char *text, size_t len, uint32_t *ret_value, bool *ret_has_data);

/* The short name ("USER_NOTIF") of a value's action part; NULL for one the kernel does not know. */
const char *vd_action_name(uint32_t ret);

/*
 * What the kernel acts on: ERRNO data capped at 4095; ALLOW's, LOG's,
 * USER_NOTIF's and the KILLs' data dropped; an unknown action as KILL_PROCESS
 * (kernel/seccomp.c: __seccomp_filter).
 */
uint32_t vd_effective(uint32_t ret);

/* ------------------------------------------------------------------ */
/* Disassembly                                                        */

struct vd_disasm_opts {
	bool numeric;	 /* plain bpf_asm text: offsets and numbers instead of names */
	bool big_endian; /* which half `ld [16]` is */
	/* What the program knows when it comes here, from vd_prog_facts(); 0 and VD_ABI_NONE: nothing. */
	const struct vd_fact *facts; /* one for each instruction of the program, or NULL */
};

/* What is known before an instruction on every path to it, so that numbers can be shown as names. */
struct vd_fact {
	int8_t word; /* A holds this word (0 to 15) of the record unchanged, -1: not known */
	int8_t abi;  /* every record that comes here is of this ABI (x86_64 stands for x32 too), -1: not known
		      */
	bool reachable; /* some path of jumps leads here */
};

/* Fills ret_facts[len] by one pass over a checked program. */
void vd_prog_facts(const struct vd_prog *prog, struct vd_fact *ret_facts);

/*
 * Writes instruction pc of a program as one line of assembler text without
 * label and newline ("jeq #x86_64.mkdir, L4, L5") into buf. Jump targets are
 * the labels L<index>. What no mnemonic shows is written
 * ".insn 0x06,0,1,0x7fff0000". Returns the text's length, as snprintf does.
 */
int vd_disasm(const struct sock_filter *insns, size_t len, size_t pc, const struct vd_disasm_opts *opts,
	      char *buf, size_t size);

/* ------------------------------------------------------------------ */
/* Names: ABIs                                                        */

enum vd_abi {
	VD_ABI_NONE = -1,
	VD_ABI_X86_64,
	VD_ABI_I386,
	VD_ABI_X32,
	VD_ABI_AARCH64,
	VD_ABI_ARM,
	VD_ABI_RISCV64,
	VD_ABI_RISCV32,
	VD_ABI_S390,
	VD_ABI_S390X,
	VD_ABI_PPC,
	VD_ABI_PPC64,
	VD_ABI_PPC64LE,
	VD_ABI_MIPS,
	VD_ABI_MIPSEL,
	VD_ABI_MIPS64,
	VD_ABI_MIPSEL64,
	VD_ABI_MIPS64N32,
	VD_ABI_MIPSEL64N32,
	VD_ABI_LOONGARCH64,
	VD_ABI_M68K,
	VD_ABI_PARISC,
	VD_ABI_PARISC64,
	VD_ABI_SH,
	VD_ABI_SHEB,
	VD_ABI_COUNT
};

struct vd_abi_info {
	const char *name;    /* "x86_64" */
	uint32_t audit_arch; /* seccomp_data.arch; x32 shares x86_64's */
	uint8_t word_bits;   /* of long and pointers in the ABI's user space: 32 or 64 */
	uint8_t reg_bits;    /* of the argument registers a filter sees: 64 on i386 and x32, else word_bits */
	bool big_endian;
	uint32_t nr_bit; /* set in every number of the ABI: 0x40000000 for x32, else 0 */
};

/* NULL when abi is out of range. Static storage. */
const struct vd_abi_info *vd_abi_info(int abi);

/* By name or a usual alias (x86, amd64, arm64, SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64 ...); VD_ABI_NONE:
 * unknown. */
int vd_abi_by_name(const char *name, size_t len);

/* The ABI of a record: x32 is AUDIT_ARCH_X86_64 with (nr & 0xc0000000) == 0x40000000; VD_ABI_NONE: unknown
 * arch. */
int vd_abi_of(uint32_t audit_arch, uint32_t nr);

/* ------------------------------------------------------------------ */
/* Names: system calls. Numbers are as records have them, x32's bit included. */

/* -ENOENT: the name exists, but not on this ABI; -EINVAL: no ABI has it. */
int vd_syscall_number(int abi, const char *name, size_t len, uint32_t *ret_nr);

/* NULL: no such number on this ABI. Static storage. */
const char *vd_syscall_name(int abi, uint32_t nr);

/* All names of all ABIs in strcmp() order: how many, and the i-th. */
size_t vd_syscall_names(void);
const char *vd_syscall_name_at(size_t i);

/* The calls of one ABI in numerical order: how many, and the i-th's raw number (i < count). */
size_t vd_abi_syscalls(int abi);
uint32_t vd_abi_syscall_at(int abi, size_t i);

/* An argument as the kernel's function declares it. */
struct vd_arg {
	const char *name; /* "fd" */
	const char *type; /* "unsigned int", "const char *"; static storage */
	uint8_t bits;	  /* 16, 32 or 64: how many low bits of the register the kernel looks at */
	bool is_signed;
	bool pointer;
};

/*
 * The arguments of a call, into ret_args[6]. Returns their number (0 to 6), or
 * -ENOENT where the tables do not know (they know x86_64, i386 and x32).
 */
int vd_syscall_args(int abi, uint32_t nr, struct vd_arg *ret_args);

/* ------------------------------------------------------------------ */
/* Names: errnos and constants                                        */

struct vd_const {
	const char *name;
	uint64_t value; /* on x86-64; negative ones sign-extended to 64 bits */
	bool varies;	/* another architecture's value differs, or the tables know x86's only */
	bool is_signed; /* the value is negative */
};

/* An errno by name ("EPERM" -> 1, "ENOTSUP" too). NULL: unknown. Static storage. */
const struct vd_const *vd_errno_by_name(const char *name, size_t len);
/* The name of errno 1 to 4095 on x86; NULL: it has none. */
const char *vd_errno_name(unsigned value);

/* A constant that policies are written with (O_CREAT, CLONE_NEWUSER, TIOCSTI, AF_VSOCK ...). NULL: unknown.
 */
const struct vd_const *vd_const_by_name(const char *name, size_t len);

/* ------------------------------------------------------------------ */
/* Names: what was meant                                              */

enum vd_name_kind { VD_NAME_ABI, VD_NAME_SYSCALL, VD_NAME_ERRNO, VD_NAME_CONST, VD_NAME_ACTION };

/*
 * Known names of a kind nearest to a mistyped word, best first, at most max;
 * abi limits VD_NAME_SYSCALL to one ABI's calls (VD_ABI_NONE: all). Returns how
 * many were written; 0 when nothing is near. Static storage.
 */
size_t vd_names_near(enum vd_name_kind kind, int abi, const char *word, size_t len, const char **ret_names,
		     size_t max);

/* The same over the caller's own candidates; ret_names point into candidates. */
size_t vd_near(const char *word, size_t len, const char *const *candidates, size_t n, const char **ret_names,
	       size_t max);

/* ------------------------------------------------------------------ */
/* Proofs: exact answers over sets of records                         */

/* Inclusive, unsigned. */
struct vd_range {
	uint64_t first, last;
};

/* A union of ranges; n 0: every value. */
struct vd_ranges {
	const struct vd_range *ranges;
	size_t n;
};

/*
 * A set of records: all combinations of what its fields take. Values of nr and
 * arch over 32 bits are an error (-EINVAL), as is a range whose last is below
 * its first. where (may be NULL) is a program that keeps the records for which
 * it returns something other than 0.
 */
struct vd_set {
	struct vd_ranges nr, arch, instruction_pointer, args[6];
	const struct vd_prog *where;
	const struct vd_set
		*except; /* records of these sets, which have no except themselves, are left out */
	size_t n_except;
};

enum vd_answer {
	VD_ANSWER_UNKNOWN, /* the budget is spent */
	VD_ANSWER_PROVED,  /* there is no such record */
	VD_ANSWER_RECORD,  /* here is one */
};

/* What a question may cost; 0: the default (4,000,000 nodes, about 100 MiB; 10,000 ms). */
struct vd_budget {
	size_t nodes;
	unsigned ms;
};

/* A record that answers a question; it was replayed in the machine. */
struct vd_witness {
	struct seccomp_data data; /* the smallest values: 0 wherever a bit does not matter */
	uint16_t free; /* bit w: no bit of the word at offset 4*w of struct seccomp_data on a little-endian
			  machine matters */
	size_t nodes;  /* what the question cost; written for every answer */
};

/* What is expected of a stack: one of these values, that one of these filters decided, and at what cost. */
struct vd_expect {
	const struct vd_range *values; /* 32-bit */
	size_t n;		       /* 0: no value is right, so the question is whether the set is empty */
	const bool *by;		       /* one for each filter of the stack; NULL: whoever decides */
	bool by_none;		       /* with by: right as well when no filter lowered ALLOW */
	unsigned max_insns; /* all filters together execute at most so many instructions; 0: any number */
};

/*
 * Is there a record in the set (NULL: all records) for which the stack does
 * not do what is expected? *ret_witness is written in part: nodes always, the
 * rest with VD_ANSWER_RECORD. 0, -EINVAL or -ENOMEM.
 */
int vd_prove_claim(const struct vd_stack *stack, const struct vd_set *set, const struct vd_expect *expect,
		   const struct vd_budget *budget, enum vd_answer *ret_answer,
		   struct vd_witness *ret_witness);

/*
 * Is there a record in the set (NULL: all records) for which two stacks decide
 * differently: effectively (vd_effective()), or in any bit of the value when
 * raw? The stacks must have one byte order (-EINVAL).
 */
int vd_prove_equal(const struct vd_stack *a, const struct vd_stack *b, const struct vd_set *set, bool raw,
		   const struct vd_budget *budget, enum vd_answer *ret_answer,
		   struct vd_witness *ret_witness);

/*
 * What the records of a set reach in the filters of a stack: instructions, and
 * edges, which are the two ways out of a conditional jump whose targets
 * differ. Every filter of a stack runs for every record, whatever the others
 * say.
 *
 *   vd_reach_new(stack, NULL, NULL, &reach)
 *   for each instruction pc of each filter: vd_reach_point(reach, filter, pc, VD_EDGE_NONE, &witness)
 *     where vd_prog_branches(): the same with VD_EDGE_TRUE and VD_EDGE_FALSE
 */
struct vd_reach;

enum vd_edge {
	VD_EDGE_NONE,  /* the instruction itself, not a way out of it */
	VD_EDGE_TRUE,  /* it jumps: its condition holds */
	VD_EDGE_FALSE, /* it does not hold */
};

/* Whether instruction pc is a conditional jump whose targets differ, and so has two edges. */
bool vd_prog_branches(const struct vd_prog *prog, size_t pc);

/*
 * One pass over each filter for all its points; what it could not answer within
 * the budget (all filters together for time, each for nodes) is unknown. 0, -EINVAL or -ENOMEM.
 */
int vd_reach_new(const struct vd_stack *stack, const struct vd_set *set, const struct vd_budget *budget,
		 struct vd_reach **ret_reach);
void vd_reach_free(struct vd_reach *reach); /* NULL is fine */

/*
 * Whether some record of the set comes to instruction pc of a filter, or takes
 * a way out of it: VD_ANSWER_RECORD and *ret_witness (may be NULL; nodes is 0),
 * VD_ANSWER_PROVED when there is none, VD_ANSWER_UNKNOWN. Ways that an
 * instruction does not have are taken by none.
 */
enum vd_answer vd_reach_point(const struct vd_reach *reach, size_t filter, size_t pc, enum vd_edge edge,
			      struct vd_witness *ret_witness);

/*
 * As few records of a set as can be found that come by every instruction of a
 * stack's filters, and take every edge, that some record of it does.
 */
struct vd_cover;

/*
 * set NULL: all records. What the budget does not suffice for is unknown; of all
 * records some are then tried, and may find it all the same. 0, -EINVAL or -ENOMEM.
 */
int vd_cover_new(const struct vd_stack *stack, const struct vd_set *set, const struct vd_budget *budget,
		 struct vd_cover **ret_cover);
void vd_cover_free(struct vd_cover *cover); /* NULL is fine */

/* How many records; the i-th: free is the words that no filter loads for it. All were run. */
size_t vd_cover_records(const struct vd_cover *cover);
void vd_cover_record(const struct vd_cover *cover, size_t i, struct vd_witness *ret_witness);
/* Whether record i comes by instruction pc of a filter, or takes an edge. */
bool vd_cover_takes(const struct vd_cover *cover, size_t i, size_t filter, size_t pc, enum vd_edge edge);

/*
 * No set of fewer records does as much: so many edges are taken that no two
 * of them are taken by one record.
 */
size_t vd_cover_bound(const struct vd_cover *cover);

/* VD_ANSWER_RECORD: some record comes there; VD_ANSWER_PROVED: none does; VD_ANSWER_UNKNOWN. */
enum vd_answer vd_cover_point(const struct vd_cover *cover, size_t filter, size_t pc, enum vd_edge edge);

/*
 * The other words for which a record's arch and number take the same way through
 * all filters, in the language of vd_map_when(). True: the text is exact. Not for
 * two threads at once.
 */
bool vd_cover_when(struct vd_cover *cover, size_t i, char *buf, size_t size);

/*
 * What a stack decides, or two stacks side by side, for every record of a set,
 * as an exact table. A class is a set of (arch, nr) on which the stacks are one
 * function of the other words; each outcome of a class is what they return
 * for some of those. (Where numbers, or archs, differ in more ways than a table
 * has lines they are one mixed class.) Classes are disjoint, cover the set, and come in the order
 * of their first arch and number.
 *
 *   vd_map_new(old, new, NULL, 0, NULL, &map)
 *   for each class i: vd_map_class(map, i, &class)
 *     for each outcome j < class.outcomes: vd_map_outcome(map, i, j, &outcome)
 *       where outcome.ret[0] != outcome.ret[1]: vd_map_when() says for which
 *       arguments, vd_map_record() gives a record
 */
struct vd_map;

enum {
	VD_MAP_RAW = 1, /* values as they are returned; without it what the kernel acts on (vd_effective()) */
	VD_MAP_BY = 2,	/* outcomes differ too when other filters decide */
};

/*
 * b may be NULL; the stacks must have one byte order (-EINVAL) and outlive the
 * map. -E2BIG: the budget is spent.
 */
int vd_map_new(const struct vd_stack *a, const struct vd_stack *b, const struct vd_set *set, unsigned flags,
	       const struct vd_budget *budget, struct vd_map **ret_map);
void vd_map_free(struct vd_map *map);	       /* NULL is fine */
size_t vd_map_nodes(const struct vd_map *map); /* what it cost so far */

struct vd_class {
	struct vd_ranges arch, nr; /* ascending; every combination; they live as long as the map */
	size_t outcomes;	   /* 0: more than a table has (a program that returns what it computes) */
	/*
	 * These calls are not one function of the other words, and some may be
	 * outside of the set: conditions speak of nr, and of arch.
	 */
	bool mixed;
};

size_t vd_map_classes(const struct vd_map *map);
void vd_map_class(const struct vd_map *map, size_t i, struct vd_class *ret_class);

struct vd_outcome {
	uint32_t ret[2]; /* of a and of b (0 without b) */
	int filter[2];	 /* which filter decided, with VD_MAP_BY; -1: none, or not asked for */
};

/* Outcome j of class i. */
void vd_map_outcome(const struct vd_map *map, size_t i, size_t j, struct vd_outcome *ret_outcome);

/*
 * The smallest record of a class, with this arch and number of it, that has
 * the outcome; it was replayed in the machine (-EIO: which did not confirm it).
 * -ENOENT: this call of a mixed class never has it. -E2BIG: too large a question. Not for two threads at
 * once, nor is the next.
 */
int vd_map_record(struct vd_map *map, size_t i, size_t j, uint32_t arch, uint32_t nr,
		  struct vd_witness *ret_witness);

/*
 * The other words for which a class has the outcome, in the predicate language
 * of rules: "arg1 == 0x5412", "(arg0.lo & 0x3) != 0 && arg2 <= 7", "1" for all.
 * True: the text is exact. False: it is too long for size bytes, or for
 * anybody, and ends in "…" or is that alone; what stands before is a part of
 * the condition, joined by ||.
 */
bool vd_map_when(struct vd_map *map, size_t i, size_t j, char *buf, size_t size);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
