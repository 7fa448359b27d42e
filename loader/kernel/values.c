/* SPDX-License-Identifier: MIT */
#include "loader/kernel/values.h"
#include "loader/kernel/door.h"
#include "loader/kernel/steps.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>

#if defined(__x86_64__)

/* ------------------------------------------------------------------ */
/* What one worker does                                               */

static const struct seccomp_data *record_at(const struct ask *ask, size_t i)
{
	return &ask->question->records[ask->order[i]];
}

/* Where the records that come from the same place as order[from] end. */
static size_t group_end(const struct ask *ask, size_t from)
{
	const struct seccomp_data *first = record_at(ask, from);
	size_t to = from + 1;

	while (to < ask->n && record_at(ask, to)->arch == first->arch &&
	       record_at(ask, to)->instruction_pointer == first->instruction_pointer)
		to++;
	return to;
}

/* Puts code for as many of the records that are left as can be asked together. Where they end. */
static size_t place_code(struct steps *steps, struct ask *ask)
{
	size_t at = ask->next;

	while (at < ask->n) {
		const struct seccomp_data *first = record_at(ask, at);
		uintptr_t entry = gadgets_map(&steps->gadgets, first->instruction_pointer,
					      first->arch == AUDIT_ARCH_I386);
		size_t end = group_end(ask, at);
		if (!entry)
			break;
		while (at < end)
			ask->entries[at++] = entry;
	}
	return at;
}

/* The next records cannot be asked: not with what is placed already, or not at all. */
static int go_on(struct steps *steps, struct ask *ask)
{
	if (steps->gadgets.n)
		return steps_run(steps);
	for (size_t end = group_end(ask, ask->next); ask->next < end; ask->next++)
		ask->question->asked[ask->order[ask->next]] = KERNEL_ADDRESS;
	return 0;
}

/* Makes steps of a question, and runs what does not go together with them. */
static int seat(struct steps *steps, struct ask *ask)
{
	int r = 0;

	while (ask->next < ask->n && r == 0 && !ask->question->error) {
		size_t to = ask->by_ip ? place_code(steps, ask) : ask->n;
		for (size_t part = 0; part < ask->parts.n && to > ask->next; part++)
			steps->items[steps->n++] = (struct step){ ask, part, ask->next, to };
		ask->next = to;
		if (to < ask->n && r == 0)
			r = go_on(steps, ask);
	}
	return r == 0 && ask->kills ? steps_run(steps) : r;
}

/* ------------------------------------------------------------------ */
/* Questions                                                          */

static int by_place(const void *pa, const void *pb, void *arg)
{
	const struct seccomp_data *records = arg;
	uint32_t ia = *(const uint32_t *)pa, ib = *(const uint32_t *)pb;
	const struct seccomp_data *a = &records[ia], *b = &records[ib];

	if (a->arch != b->arch)
		return a->arch < b->arch ? -1 : 1;
	if (a->instruction_pointer != b->instruction_pointer)
		return a->instruction_pointer < b->instruction_pointer ? -1 : 1;
	return ia < ib ? -1 : ia > ib;
}

static bool divides(const struct vd_prog *prog)
{
	const struct sock_filter *insns = vd_prog_insns(prog);

	for (size_t pc = 0; pc < vd_prog_len(prog); pc++)
		if (insns[pc].code == (BPF_ALU | BPF_DIV | BPF_X))
			return true;
	return false;
}

/* A program that calls reach from its slot only cannot kill others' calls; there may be no room to say so. */
static int derive(struct steps *steps, struct ask *ask)
{
	const struct vd_prog *prog = ask->question->prog;
	const uint64_t door = gadget_slot(steps->slots, DOOR, false) + KERNEL_CALL_BYTES;
	struct sock_filter before[KERNEL_GATE_LEN];
	int r = -E2BIG;

	ask->slot = steps->n_slots++;
	const uint64_t own[2] = { gadget_slot(steps->slots, ask->slot, false) + KERNEL_CALL_BYTES,
				  gadget_slot(steps->slots, ask->slot, true) + KERNEL_CALL_BYTES };
	if (!ask->by_ip) {
		kernel_gate(own, before);
		r = parts_init(&ask->parts, prog, before, KERNEL_GATE_LEN);
	}
	if (r == -E2BIG) {
		ask->kills = divides(prog);
		kernel_door(door, before);
		r = parts_init(&ask->parts, prog, before, KERNEL_DOOR_LEN);
	}
	return r;
}

static int ask_init(struct ask *ask, struct kernel_question *question)
{
	size_t some = question->n ? question->n : 1;

	ask->question = question;
	ask->by_ip = kernel_loads_ip(question->prog);
	ask->order = malloc(some * sizeof(*ask->order));
	ask->killed = calloc(some, sizeof(*ask->killed));
	ask->entries = ask->by_ip ? malloc(some * sizeof(*ask->entries)) : NULL;
	if (!ask->order || !ask->killed || (ask->by_ip && !ask->entries))
		return -ENOMEM;
	for (size_t i = 0; i < question->n; i++) {
		question->values[i] = 0;
		question->asked[i] = kernel_askable(&question->records[i]);
		if (question->asked[i] == KERNEL_ASKED)
			ask->order[ask->n++] = (uint32_t)i;
	}
	if (ask->by_ip)
		qsort_r(ask->order, ask->n, sizeof(*ask->order), by_place, (void *)question->records);
	return 0;
}

/* The filter kills where it divides by zero: the value is 0 then. */
static void ask_done(struct ask *ask)
{
	for (size_t i = 0; i < ask->n && ask->question && !ask->question->error; i++) {
		uint32_t *value = &ask->question->values[ask->order[i]];
		*value = ask->killed[i] ? 0 : parts_value(&ask->parts, *value);
	}
	parts_done(&ask->parts);
	free(ask->entries);
	free(ask->killed);
	free(ask->order);
}

static int ask_all(struct steps *steps, struct ask *asks, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		/* a slot is one question's for as long as a worker lives */
		if (steps->n_slots == DOOR || steps->n + PARTS_MAX > STEPS_MAX)
			r = steps_run(steps);
		int own = r < 0 ? r : derive(steps, &asks[i]);
		asks[i].question->error = own;
		if (own == 0)
			r = seat(steps, &asks[i]);
	}
	return r == 0 ? steps_run(steps) : r;
}

/* ------------------------------------------------------------------ */

static bool slots_clash(const struct steps *steps, const struct ask *asks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; asks[i].by_ip && j < asks[i].n; j++)
			if (gadget_slots_have(steps->slots, record_at(&asks[i], j)->instruction_pointer))
				return true;
	return false;
}

/* Slots whose low halves no record's instruction pointer has that matters. */
static int place_slots(struct steps *steps, const struct ask *asks, size_t n)
{
	void *refused[8];
	size_t n_refused = 0;

	while (n_refused < 8 && (steps->slots = gadget_slots_map()) && slots_clash(steps, asks, n)) {
		refused[n_refused++] = steps->slots;
		steps->slots = NULL;
	}
	while (n_refused)
		gadget_slots_unmap(refused[--n_refused]);
	return steps->slots ? 0 : -ENOMEM;
}

void kernel_values_all(struct kernel_question *questions, size_t n)
{
	struct ask *asks = calloc(n ? n : 1, sizeof(*asks));
	struct steps steps;
	int r = steps_init(&steps);

	kernel_keep_children();
	if (!asks)
		r = -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++)
		r = ask_init(&asks[i], &questions[i]);
	if (r == 0)
		r = place_slots(&steps, asks, n);
	if (r == 0)
		r = ask_all(&steps, asks, n);
	for (size_t i = 0; i < n && r < 0; i++)
		questions[i].error = r;
	for (size_t i = 0; i < n && asks; i++)
		ask_done(&asks[i]);
	steps_done(&steps);
	free(asks);
}

#else

void kernel_values_all(struct kernel_question *questions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		questions[i].error = -ENOTSUP;
}

#endif

int kernel_values(const struct vd_prog *prog, const struct seccomp_data *records, size_t n,
		  uint32_t *ret_values, enum kernel_asked *ret_asked)
{
	struct kernel_question question = {
		.prog = prog, .records = records, .n = n, .values = ret_values, .asked = ret_asked
	};

	kernel_values_all(&question, 1);
	return question.error;
}
