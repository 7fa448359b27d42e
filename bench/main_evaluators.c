/* SPDX-License-Identifier: MIT */
/*
 * evaluators [-r RECORDS] [-t TABLE] NAME=SOURCE...: nanoseconds a record of
 * every way to evaluate a stack, and the ratio to the plain switch interpreter,
 * all in one run: the ways take turns, and the medians of the turns, and of
 * their ratios, are printed. Each SOURCE is one stack. Records are those of the
 * mix, and those of a file. TABLE gets the figures, tab-separated: name,
 * records, how many, way, nanoseconds, ratio; and name, build, milliseconds.
 */
#include "bench/mix.h"
#include "bench/plain.h"
#include "loader/records.h"
#include "loader/source/source.h"
#include "vm/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_LIBPCAP
#include <pcap/bpf.h>
#endif

#define RECORDS_MAX 65536
#define TURNS 21
#define BUILDS 11
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
static struct seccomp_data recorded[RECORDS_MAX];
static size_t n_recorded;
static FILE *table; /* NULL: none */
static uint32_t verdicts[RECORDS_MAX];
static volatile uint32_t sink;

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
			if ((int32_t)(ret & SECCOMP_RET_ACTION_FULL) <
			    (int32_t)(best & SECCOMP_RET_ACTION_FULL))
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

struct figure {
	double ns, ratio;
};

static double median(double *values)
{
	qsort(values, TURNS, sizeof(*values), by_size);
	return values[TURNS / 2];
}

/* Medians of turns that all ways take one after the other; ratios are to the plain way's turn beside. */
static void measure(const struct subject *s, size_t n, struct figure ret_figures[WAYS])
{
	double turns[WAYS][TURNS], ratios[TURNS];
	unsigned rounds[WAYS];

	for (size_t w = 0; w < WAYS; w++) {
		double start = (double)clock_ns();
		ways[w].run(s, n);
		double took = (double)clock_ns() - start;
		rounds[w] = took > TURN_NS ? 1 : (unsigned)(TURN_NS / (took + 1)) + 1;
	}
	for (size_t turn = 0; turn < TURNS; turn++)
		for (size_t w = 0; w < WAYS; w++) {
			double start = (double)clock_ns();
			for (unsigned i = 0; i < rounds[w]; i++)
				ways[w].run(s, n);
			turns[w][turn] = ((double)clock_ns() - start) / ((double)rounds[w] * (double)n);
		}
	for (size_t w = WAYS; w-- > 0;) {
		for (size_t turn = 0; turn < TURNS; turn++)
			ratios[turn] = turns[0][turn] / turns[w][turn];
		ret_figures[w] = (struct figure){ 0, median(ratios) };
	}
	for (size_t w = 0; w < WAYS; w++)
		ret_figures[w].ns = median(turns[w]);
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

static int load(struct subject *s, const char *spec)
{
	struct source source;
	struct diags diags;
	int r = -1;

	diags_init(&diags);
	if (source_load(spec, NULL, &diags, &source) == 0) {
		const struct source *sources[] = { &source };
		r = filter_stack_new(sources, 1, NULL, &diags, &s->stack);
		source_done(&source);
	}
	diags_print(&diags, stderr, false);
	diags_done(&diags);
	return r;
}

/* The median of some constructions; the last is kept. */
static int build_engine(struct subject *s)
{
	double times[BUILDS];

	for (size_t i = 0; i < BUILDS; i++) {
		vd_engine_free(s->engine);
		s->engine = NULL;
		double start = (double)clock_ns();
		if (vd_engine_new(s->stack.stack, &s->engine) < 0)
			return -1;
		times[i] = ((double)clock_ns() - start) / 1e6;
	}
	qsort(times, BUILDS, sizeof(*times), by_size);
	s->build_ms = times[BUILDS / 2];
	return 0;
}

/* "NAME=SOURCE", or a source alone. */
static int subject_init(struct subject *s, char *spec)
{
	char *equals = strchr(spec, '=');

	*s = (struct subject){ .name = spec };
	if (equals) {
		*equals = '\0';
		spec = equals + 1;
	}
	if (load(s, spec) < 0)
		return -1;
	s->n = vd_stack_len(s->stack.stack);
	s->filters = calloc(s->n ? s->n : 1, sizeof(*s->filters));
	if (!s->filters || build_engine(s) < 0)
		return -1;
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

/* ------------------------------------------------------------- records -- */

static void swap_records(void)
{
	for (size_t i = 0; i < RECORDS_MAX; i++) {
		uint32_t words[16];
		memcpy(words, &records[i], sizeof(words));
		for (int w = 0; w < 16; w++)
			words[w] = __builtin_bswap32(words[w]);
		memcpy(&swapped[i], words, sizeof(words));
	}
}

static void take_mix(void)
{
	struct vd_random random = { .state = 1 };

	for (size_t i = 0; i < RECORDS_MAX; i++)
		mix_record(&random, &records[i]);
	swap_records();
}

/* Over and over, where there are fewer. */
static void take_recorded(void)
{
	for (size_t i = 0; i < RECORDS_MAX; i++)
		records[i] = recorded[i % n_recorded];
	swap_records();
}

static int read_recorded(const char *path)
{
	struct records file;
	struct diags diags;
	int r;

	diags_init(&diags);
	r = records_open(path, &diags, &file);
	if (r == 0) {
		while (n_recorded < RECORDS_MAX && (r = records_next(&file, &recorded[n_recorded])) > 0)
			n_recorded++;
		records_close(&file);
	}
	diags_print(&diags, stderr, false);
	diags_done(&diags);
	if (r >= 0 && !n_recorded)
		fprintf(stderr, "%s: no records\n", path);
	return r < 0 || !n_recorded ? -1 : 0;
}

/* -------------------------------------------------------------- reports -- */

static void report(const struct subject *s, const char *which)
{
	static const size_t sizes[] = { 1000, RECORDS_MAX };
	struct figure figures[2][WAYS];

	for (int i = 0; i < 2; i++)
		measure(s, sizes[i], figures[i]);
	printf("  %-24s %18s %20s\n", which, "1,000 records", "65,536 records");
	for (size_t w = 0; w < WAYS; w++)
		printf("  %-24s %8.2f ns %6.1fx %9.2f ns %6.1fx\n", ways[w].name, figures[0][w].ns,
		       figures[0][w].ratio, figures[1][w].ns, figures[1][w].ratio);
	for (int i = 0; i < 2 && table; i++)
		for (size_t w = 0; w < WAYS; w++)
			fprintf(table, "%s\t%s\t%zu\t%s\t%.3f\t%.2f\n", s->name, which, sizes[i],
				ways[w].name, figures[i][w].ns, figures[i][w].ratio);
}

static int run_subject(char *spec)
{
	struct subject subject;
	int r = subject_init(&subject, spec);

	if (r == 0) {
		printf("\n%s: %zu filter%s, engine built in %.2f ms\n", subject.name, subject.n,
		       subject.n == 1 ? "" : "s", subject.build_ms);
		if (table)
			fprintf(table, "%s\tbuild\t%.3f\n", subject.name, subject.build_ms);
	}
	for (int which = 0; which < (n_recorded ? 2 : 1) && r == 0; which++) {
		(which ? take_recorded : take_mix)();
		r = agree(&subject);
		if (r == 0)
			report(&subject, which ? "recorded" : "mix");
	}
	subject_done(&subject);
	return r;
}

static int usage(const char *name)
{
	fprintf(stderr, "usage: %s [-r RECORDS] [-t TABLE] [NAME=]SOURCE...\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	int option, r = 0;

	while ((option = getopt(argc, argv, "r:t:")) != -1) {
		if (option == 'r' && read_recorded(optarg) < 0)
			return 2;
		if (option == 't' && !(table = fopen(optarg, "we"))) {
			perror(optarg);
			return 2;
		}
		if (option == '?')
			return usage(argv[0]);
	}
	if (optind == argc)
		return usage(argv[0]);
	for (int i = optind; i < argc && r == 0; i++)
		r = run_subject(argv[i]);
	if (table && fclose(table)) {
		perror("table");
		r = -1;
	}
	return r < 0;
}
