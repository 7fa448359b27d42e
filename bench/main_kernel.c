/* SPDX-License-Identifier: MIT */
/*
 * kernel SOURCE: how many records a second the running kernel judges, for
 * values and for behaviour, and what a worker's death costs. Best of many short
 * turns: what else runs on the machine makes them slower only.
 */
#include "bench/mix.h"
#include "loader/kernel/behaviour.h"
#include "loader/kernel/install.h"
#include "loader/kernel/values.h"
#include "loader/source/source.h"
#include "vm/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Records of one turn. */
#define VALUES 16384u
#define FAST 1000u
#define EXACT 500u
#define KILLS 50u
#define TURNS 50

static struct seccomp_data *records;

static int time_values(const struct vd_prog *prog, double *ret_seconds)
{
	uint32_t *values = malloc(VALUES * sizeof(*values));
	enum kernel_asked *asked = malloc(VALUES * sizeof(*asked));
	int r = values && asked ? 0 : -1;
	double best = 1e9;

	for (int turn = 0; turn < TURNS && r == 0; turn++) {
		uint64_t start = clock_ns();
		r = kernel_values(prog, records, VALUES, values, asked);
		double took = 1e-9 * (double)(clock_ns() - start);
		best = took < best ? took : best;
	}
	free(values);
	free(asked);
	*ret_seconds = best;
	return r;
}

static int time_behaviour(struct kernel_behaviour *behaviour, size_t n, enum kernel_mode mode,
			  double *ret_seconds)
{
	struct kernel_seen *seen = malloc(n * sizeof(*seen));
	int r = seen ? 0 : -1;
	double best = 1e9;

	for (int turn = 0; turn < TURNS && r == 0; turn++) {
		uint64_t start = clock_ns();
		r = kernel_behaviour_ask(behaviour, records, n, mode, seen);
		double took = 1e-9 * (double)(clock_ns() - start);
		best = took < best ? took : best;
	}
	free(seen);
	*ret_seconds = best;
	return r;
}

static int load_constant(struct kernel_behaviour *behaviour, uint32_t value)
{
	const struct sock_filter insn = { BPF_RET | BPF_K, 0, 0, value };

	return kernel_behaviour_load_prog(behaviour, &insn, 1);
}

static void print_rate(const char *what, size_t n, double seconds)
{
	printf("%-44s %12.0f records/s  %8.2f us each\n", what, (double)n / seconds,
	       seconds / (double)n * 1e6);
}

static int measure_kills(struct kernel_behaviour *behaviour)
{
	double seconds;

	for (int process = 0; process < 2; process++) {
		int r = load_constant(behaviour,
				      process ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_KILL_THREAD);
		if (r == 0)
			r = time_behaviour(behaviour, KILLS, KERNEL_FAST, &seconds);
		if (r < 0)
			return r;
		printf("%-44s %12.3f ms a kill\n",
		       process ? "behaviour: KILL_PROCESS, death and respawn"
			       : "behaviour: KILL_THREAD, death and respawn",
		       seconds / KILLS * 1e3);
	}
	return 0;
}

static int measure(const struct vd_stack *stack, struct kernel_behaviour *behaviour)
{
	double seconds;
	int r = time_values(vd_stack_prog(stack, 0), &seconds);

	if (r < 0)
		return r;
	print_rate("values: bulk, one program", VALUES, seconds);
	r = kernel_behaviour_load(behaviour, stack);
	if (r == 0)
		r = time_behaviour(behaviour, FAST, KERNEL_FAST, &seconds);
	if (r < 0)
		return r;
	print_rate("behaviour: fast mode", FAST, seconds);
	r = time_behaviour(behaviour, EXACT, KERNEL_EXACT, &seconds);
	if (r < 0)
		return r;
	print_rate("behaviour: exact mode", EXACT, seconds);
	return measure_kills(behaviour);
}

/* The mix holds no addresses that code could not be at; the fast mode uses its own anyway. */
static int make_records(void)
{
	struct vd_random random = { .state = 1 };

	records = malloc(VALUES * sizeof(*records));
	for (size_t i = 0; records && i < VALUES; i++)
		mix_record(&random, &records[i]);
	return records ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct source_list sources = { 0 };
	struct kernel_behaviour *behaviour;
	struct filter_stack stack;
	struct diags diags;

	if (argc != 2) {
		fprintf(stderr, "usage: %s SOURCE\n", argv[0]);
		return 2;
	}
	diags_init(&diags);
	if (source_list_add(&sources, argv[1], &diags) < 0 ||
	    source_list_stack(&sources, &diags, &stack) < 0) {
		diags_print(&diags, stderr, false);
		return 2;
	}
	int r = kernel_behaviour_new(&behaviour);
	if (r == 0 && make_records() == 0)
		r = measure(stack.stack, behaviour);
	if (r < 0)
		printf("the kernel cannot be asked: %s\n", kernel_behaviour_explain(r));
	else
		kernel_behaviour_free(behaviour);
	free(records);
	filter_stack_done(&stack);
	source_list_done(&sources);
	diags_done(&diags);
	return r < 0 ? 3 : 0;
}
