/* SPDX-License-Identifier: MIT */
/*
 * evaluators SOURCE...: nanoseconds a record of every way to evaluate a stack,
 * and the ratio to the plain switch interpreter, all in one run: the ways take
 * turns, and the medians of the turns are printed. Each SOURCE is one stack.
 */
#include "bench/mix.h"
#include "bench/plain.h"
#include "loader/source/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef HAVE_LIBPCAP
#include <pcap/bpf.h>
#endif

#define RECORDS_MAX 65536
#define TURNS 9
#define TURN_NS 20000000.0 /* what one turn is to take */

struct subject {
	const char *name;
	struct filter_stack stack;
	struct vd_engine *engine;
	struct plain_filter *filters;
	size_t n;
	double build_ms;
};

static struct seccomp_data records[RECORDS_MAX];
static struct seccomp_data swapped[RECORDS_MAX]; /* each word's bytes reversed, as libpcap reads packets */
static uint32_t verdicts[RECORDS_MAX];
static volatile uint32_t sink;

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void run_plain(const struct subject *s, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += plain_run_stack(s->filters, s->n, &records[i]);
	sink = sum;
}

#ifdef HAVE_LIBPCAP
static void run_libpcap(const struct subject *s, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t best = SECCOMP_RET_ALLOW;
		for (size_t f = s->n; f-- > 0;) {
			/* struct bpf_insn and struct sock_filter have one layout */
			uint32_t ret = bpf_filter((const struct bpf_insn *)s->filters[f].insns,
						  (const u_char *)&swapped[i], 64, 64);
			if ((int32_t)(ret & SECCOMP_RET_ACTION_FULL) < (int32_t)(best & SECCOMP_RET_ACTION_FULL))
				best = ret;
		}
		sum += best;
	}
	sink = sum;
}
#endif

static void run_interpreter(const struct subject *s, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += vd_stack_run(s->stack.stack, &records[i]).ret;
	sink = sum;
}

static void run_engine(const struct subject *s, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += vd_engine_run(s->engine, &records[i]);
	sink = sum;
}

static void run_batch(const struct subject *s, size_t n)
{
	vd_engine_run_batch(s->engine, records, n, verdicts);
	sink = verdicts[n - 1];
}

static const struct way {
	const char *name;
	void (*run)(const struct subject *s, size_t n);
} ways[] = {
	{ "plain switch", run_plain },
#ifdef HAVE_LIBPCAP
	{ "libpcap bpf_filter", run_libpcap },
#endif
	{ "verdict interpreter", run_interpreter },
	{ "verdict engine", run_engine },
	{ "verdict engine, batch", run_batch },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Nanoseconds a record, the median of turns that all ways take one after the other. */
static void measure(const struct subject *s, size_t n, double ret_ns[WAYS])
{
	double turns[WAYS][TURNS];
	unsigned rounds[WAYS];

	for (size_t w = 0; w < WAYS; w++) {
		double start = now_ns();
		ways[w].run(s, n);
		double took = now_ns() - start;
		rounds[w] = took > TURN_NS ? 1 : (unsigned)(TURN_NS / (took + 1)) + 1;
	}
	for (size_t turn = 0; turn < TURNS; turn++)
		for (size_t w = 0; w < WAYS; w++) {
			double start = now_ns();
			for (unsigned i = 0; i < rounds[w]; i++)
				ways[w].run(s, n);
			turns[w][turn] = (now_ns() - start) / ((double)rounds[w] * (double)n);
		}
	for (size_t w = 0; w < WAYS; w++) {
		qsort(turns[w], TURNS, sizeof(double), by_size);
		ret_ns[w] = turns[w][TURNS / 2];
	}
}

/* Every way must say the same before it is timed. */
static int agree(const struct subject *s)
{
	vd_engine_run_batch(s->engine, records, RECORDS_MAX, verdicts);
	for (size_t i = 0; i < RECORDS_MAX; i++) {
		uint32_t plain = plain_run_stack(s->filters, s->n, &records[i]);
		if (plain != verdicts[i] || plain != vd_stack_run(s->stack.stack, &records[i]).ret ||
		    plain != vd_engine_run(s->engine, &records[i])) {
			fprintf(stderr, "%s: record %zu: the ways disagree\n", s->name, i);
			return -1;
		}
	}
	return 0;
}

static int subject_init(struct subject *s, const char *spec)
{
	struct source source;
	struct diags diags;
	int r = -1;

	diags_init(&diags);
	*s = (struct subject){ .name = spec };
	if (source_load(spec, NULL, &diags, &source) == 0) {
		const struct source *sources[] = { &source };
		r = filter_stack_new(sources, 1, NULL, &diags, &s->stack);
		source_done(&source);
	}
	diags_print(&diags, stderr, false);
	diags_done(&diags);
	if (r < 0)
		return r;
	s->n = vd_stack_len(s->stack.stack);
	s->filters = calloc(s->n ? s->n : 1, sizeof(*s->filters));
	double start = now_ns();
	if (!s->filters || vd_engine_new(s->stack.stack, &s->engine) < 0)
		return -1;
	s->build_ms = (now_ns() - start) / 1e6;
	for (size_t i = 0; i < s->n; i++) {
		const struct vd_prog *prog = vd_stack_prog(s->stack.stack, i);
		s->filters[i] = (struct plain_filter){ vd_prog_insns(prog), vd_prog_len(prog) };
	}
	return 0;
}

static void subject_done(struct subject *s)
{
	vd_engine_free(s->engine);
	free(s->filters);
	filter_stack_done(&s->stack);
}

static void report(const struct subject *s)
{
	static const size_t sizes[] = { 1000, RECORDS_MAX };
	double ns[2][WAYS];

	for (int i = 0; i < 2; i++)
		measure(s, sizes[i], ns[i]);
	printf("\n%s: %zu filter%s, engine built in %.1f ms\n", s->name, s->n, s->n == 1 ? "" : "s", s->build_ms);
	printf("  %-24s %18s %20s\n", "", "1,000 records", "65,536 records");
	for (size_t w = 0; w < WAYS; w++)
		printf("  %-24s %8.2f ns %6.1fx %9.2f ns %6.1fx\n", ways[w].name, ns[0][w], ns[0][0] / ns[0][w], ns[1][w],
		       ns[1][0] / ns[1][w]);
}

static void make_records(void)
{
	struct vd_random random = { .state = 1 };

	for (size_t i = 0; i < RECORDS_MAX; i++) {
		uint32_t words[16];
		mix_record(&random, &records[i]);
		memcpy(words, &records[i], sizeof(words));
		for (int w = 0; w < 16; w++)
			words[w] = __builtin_bswap32(words[w]);
		memcpy(&swapped[i], words, sizeof(words));
	}
}

int main(int argc, char **argv)
{
	int status = argc < 2 ? 2 : 0;

	if (argc < 2)
		fprintf(stderr, "usage: %s SOURCE...\n", argv[0]);
	make_records();
	for (int i = 1; i < argc && !status; i++) {
		struct subject subject;
		if (subject_init(&subject, argv[i]) < 0 || agree(&subject) < 0)
			status = 1;
		else
			report(&subject);
		subject_done(&subject);
	}
	return status;
}
