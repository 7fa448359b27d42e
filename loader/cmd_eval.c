/* SPDX-License-Identifier: MIT */
#include "loader/call.h"
#include "loader/command.h"
#include "loader/judge.h"
#include "loader/records.h"
#include "loader/source/source.h"
#include "loader/summary.h"
#include "loader/trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct command cmd_eval;

enum { OPT_RECORDS = 1, OPT_FORMAT, OPT_TRACE, OPT_ENGINE, OPT_BYTE_ORDER };

static const struct option_spec specs[] = {
	{ "records", 'r', OPTION_VALUE, OPT_RECORDS },	   { "format", 'f', OPTION_VALUE, OPT_FORMAT },
	{ "trace", 't', OPTION_FLAG, OPT_TRACE },	   { "engine", 0, OPTION_VALUE, OPT_ENGINE },
	{ "byte-order", 0, OPTION_VALUE, OPT_BYTE_ORDER }, { NULL, 0, OPTION_FLAG, 0 },
};

enum format { FORMAT_PRETTY, FORMAT_JSON, FORMAT_HEX, FORMAT_SUMMARY };
static const char *const format_names[] = { "pretty", "json", "hex", "summary", NULL };

struct evaluator {
	int format; /* enum format */
	bool trace;
	struct judge judge;
	const char *records;
	struct source_list sources;
	struct filter_stack stack;
	const char **names; /* paths of the filters */
	char **calls;	    /* ended by NULL; NULL: none */
	struct summary *summary;
	struct json json;
	struct diags diags;
};

static void print_hex(uint32_t ret)
{
	static const char digits[] = "0123456789abcdef";
	char line[11] = "0x";

	for (int i = 0; i < 8; i++)
		line[2 + i] = digits[ret >> (28 - 4 * i) & 15];
	line[10] = '\n';
	fwrite(line, 1, sizeof(line), stdout);
}

/* Recent kernels answer these without asking any filter (kernel/seccomp.c: __secure_computing). */
static const char *bypassing(const struct seccomp_data *data)
{
	if (data->arch != vd_abi_info(VD_ABI_X86_64)->audit_arch || (data->nr != 335 && data->nr != 336))
		return NULL;
	return data->nr == 335 ? "uretprobe" : "uprobe";
}

static void print_pretty(struct evaluator *ev, const struct seccomp_data *data,
			 const struct vd_verdict *verdict)
{
	char call[CALL_TEXT_MAX], text[96];
	const char *bypass = bypassing(data);

	call_format(data, call, sizeof(call));
	verdict_format(verdict->ret, text, sizeof(text));
	printf("%s: %s\n  decided by %s", call, text,
	       verdict->filter < 0 ? "no filter" : ev->names[verdict->filter]);
	if (verdict->filter >= 0 && ev->stack.n > 1)
		printf(" (filter %d of %zu)", verdict->filter + 1, ev->stack.n);
	printf("; %u instruction%s executed\n", verdict->insns, verdict->insns == 1 ? "" : "s");
	if (bypass)
		printf("  note: recent kernels run no filter for call %d (%s) from 64-bit code\n", data->nr,
		       bypass);
	if (!ev->trace)
		return;
	const struct trace_opts opts = { .names = ev->names, .indent = "  ", .only = -1 };
	trace_print(stdout, ev->stack.stack, data, &opts);
}

static void print_json(struct evaluator *ev, const struct seccomp_data *data,
		       const struct vd_verdict *verdict)
{
	json_object(&ev->json);
	json_key(&ev->json, "record");
	call_json(&ev->json, data);
	json_key(&ev->json, "verdict");
	verdict_json(&ev->json, verdict, verdict->filter < 0 ? NULL : ev->names[verdict->filter]);
	json_key(&ev->json, "instructions");
	json_number(&ev->json, verdict->insns);
	json_end(&ev->json, '}');
}

static void judge(struct evaluator *ev, const struct seccomp_data *data)
{
	struct vd_verdict verdict = judge_one(&ev->judge, data);

	switch ((enum format)ev->format) {
	case FORMAT_PRETTY:
		print_pretty(ev, data, &verdict);
		break;
	case FORMAT_JSON:
		print_json(ev, data, &verdict);
		break;
	case FORMAT_HEX:
		print_hex(verdict.ret);
		break;
	case FORMAT_SUMMARY:
		summary_add(ev->summary, verdict.ret);
		break;
	}
}

/* A line stands for a record that could not be read, so that the others keep their numbers. */
static void judge_invalid(struct evaluator *ev)
{
	if (ev->format == FORMAT_HEX)
		fputs("invalid\n", stdout);
}

static void print_hex_all(const uint32_t *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		print_hex(values[i]);
}

/* Records by the million whose value alone is wanted. */
static void judge_many(struct evaluator *ev, const struct seccomp_data *data, size_t n)
{
	uint32_t values[JUDGE_BATCH];

	for (size_t m; n; data += m, n -= m) {
		m = n < JUDGE_BATCH ? n : JUDGE_BATCH;
		judge_batch(&ev->judge, data, m, values);
		if (ev->format == FORMAT_HEX)
			print_hex_all(values, m);
		else
			summary_add_all(ev->summary, values, m);
	}
}

static void judge_batches(struct evaluator *ev, struct records *records)
{
	const struct seccomp_data *data;
	size_t n;

	if (ev->format != FORMAT_HEX && ev->format != FORMAT_SUMMARY)
		return;
	while ((n = records_batch(records, &data)) > 0)
		judge_many(ev, data, n);
}

static void judge_records(struct evaluator *ev)
{
	struct seccomp_data data;
	struct records records;
	int r;

	if (records_open(ev->records, &ev->diags, &records) < 0)
		return;
	judge_batches(ev, &records);
	while ((r = records_next(&records, &data)) != 0) {
		if (r > 0)
			judge(ev, &data);
		else
			judge_invalid(ev);
	}
	records_close(&records);
}

/* The i-th call of the command line, which counts as a line of its own. */
static void judge_call(struct evaluator *ev, const char *call, int i)
{
	struct seccomp_data data;
	struct text text;

	if (text_from("<command line>", call, strlen(call), &text) < 0) {
		diag_file_error(&ev->diags, "<command line>", "out of memory");
		return;
	}
	text.lines_before = (unsigned)i;
	struct span span = span_all(&text);
	if (call_parse(&span, &ev->diags, &data) == 0)
		judge(ev, &data);
	else
		judge_invalid(ev);
	text_done(&text);
}

static int take_names(struct evaluator *ev)
{
	ev->names = calloc(ev->stack.n, sizeof(*ev->names));
	ev->summary = calloc(1, sizeof(*ev->summary));
	if (!ev->names || !ev->summary) {
		diag_file_error(&ev->diags, "stack", "out of memory");
		return -1;
	}
	for (size_t i = 0; i < ev->stack.n; i++)
		ev->names[i] = source_list_program(&ev->sources, i)->path;
	return 0;
}

static void judge_all(struct evaluator *ev)
{
	if (source_list_stack(&ev->sources, &ev->diags, &ev->stack) < 0 || take_names(ev) < 0)
		return;
	ev->judge.stack = ev->stack.stack;
	json_init(&ev->json, stdout, false);
	if (ev->format == FORMAT_JSON) {
		json_object(&ev->json);
		json_key(&ev->json, "results");
		json_array(&ev->json);
	}
	for (int i = 0; ev->calls && ev->calls[i]; i++)
		judge_call(ev, ev->calls[i], i);
	if (ev->records)
		judge_records(ev);
	if (ev->format == FORMAT_JSON) {
		json_end(&ev->json, ']');
		json_end(&ev->json, '}');
		json_finish(&ev->json);
	}
	if (ev->format == FORMAT_SUMMARY)
		summary_print(ev->summary, stdout);
}

static int set_byte_order_option(struct evaluator *ev, const char *name)
{
	static const char *const names[] = { "little", "big", NULL };
	int big = 0, status = option_choice(&cmd_eval, "byte order", names, name, &big);

	ev->judge.order = big ? ORDER_BIG : ORDER_LITTLE;
	return status;
}

static int set_engine(struct evaluator *ev, const char *name)
{
	static const char *const names[] = { "interp", "fast", NULL };
	int fast = 0, status = option_choice(&cmd_eval, "engine", names, name, &fast);

	ev->judge.interp = !fast;
	return status;
}

static int set_records(struct evaluator *ev, const char *name)
{
	if (ev->records)
		return usage_error(&cmd_eval, "--records is given twice");
	ev->records = name;
	return 0;
}

/* `eval policy.bpf 'read(0)'`: the dashes were forgotten. */
static bool looks_like_call(const char *word)
{
	return strpbrk(word, "( @") && access(word, F_OK) < 0;
}

static int add_source(struct evaluator *ev, const char *spec)
{
	if (looks_like_call(spec))
		return usage_error(&cmd_eval, "'%s' looks like a call; calls come after --: %s -- '%s'", spec,
				   "verdict eval SOURCE", spec);
	source_list_add(&ev->sources, spec, &ev->diags);
	return 0;
}

static int take_option(void *userdata, int id, const char *value)
{
	struct evaluator *ev = userdata;

	switch (id) {
	case OPT_RECORDS:
		return set_records(ev, value);
	case OPT_FORMAT:
		return option_choice(&cmd_eval, "format", format_names, value, &ev->format);
	case OPT_ENGINE:
		return set_engine(ev, value);
	case OPT_BYTE_ORDER:
		return set_byte_order_option(ev, value);
	case OPT_TRACE:
		ev->trace = true;
		return 0;
	default:
		return add_source(ev, value);
	}
}

static int check_args(const struct evaluator *ev)
{
	if (!ev->sources.n && !ev->diags.errors)
		return no_source(&cmd_eval, " before --");
	if (!ev->calls && !ev->records)
		return usage_error(
			&cmd_eval,
			"no calls; write them after --, as in -- 'mkdir()', or give --records FILE");
	if (ev->calls && ev->records)
		return usage_error(&cmd_eval, "give calls after --, or --records, not both");
	if (ev->trace && ev->format != FORMAT_PRETTY)
		return usage_error(&cmd_eval, "--trace goes with --format pretty");
	return OPTION_END;
}

static int run(int argc, char **argv)
{
	struct evaluator ev = { .format = FORMAT_PRETTY };

	diags_init(&ev.diags);
	int status = options_read(&cmd_eval, argc, argv, take_option, &ev, &ev.calls);
	if (status == OPTION_END)
		status = check_args(&ev);
	if (status == OPTION_END) {
		if (!ev.diags.errors)
			judge_all(&ev);
		status = ev.diags.errors ? EXIT_INVALID : EXIT_PASSED;
	}
	finish_diags(&ev.diags);
	judge_done(&ev.judge);
	filter_stack_done(&ev.stack);
	source_list_done(&ev.sources);
	free(ev.names);
	free(ev.summary);
	return status;
}

const struct command cmd_eval = {
	.name = "eval",
	.summary = "what a filter, or a stack of them, decides for given calls",
	.help = "usage: verdict eval [OPTIONS] SOURCE... -- CALL...\n"
		"       verdict eval [OPTIONS] SOURCE... --records FILE\n"
		"\n"
		"Runs each call through the sources' filters, stacked in the order given (oldest\n"
		"first), and prints the verdict, the filter that decided and how many\n"
		"instructions were executed. A call is written\n"
		"\n"
		"  [ARCH] NAME|NUMBER(ARGUMENT, ...) [@INSTRUCTION-POINTER]\n"
		"\n"
		"ARCH is an ABI (x86_64 when left out, i386, x32, aarch64, ...) or a 32-bit\n"
		"number; arguments are 64-bit numbers or constants: 0, -1, 0x5412, TIOCSTI,\n"
		"O_RDWR|O_CREAT. Missing ones are 0.\n"
		"\n"
		"  -t, --trace          the executed instructions, with A before each, and X\n"
		"                       in filters that use it\n"
		"  -r, --records FILE   calls from a file (- is stdin): one a line, '#' comments;\n"
		"                       or binary struct seccomp_data, 64 bytes each\n"
		"  -f, --format FORMAT  pretty (default), json; hex: one 0x7fff0000 a line, in\n"
		"                       order ('invalid' for a record that cannot be read);\n"
		"                       summary: how often each verdict was given\n"
		"      --byte-order little|big\n"
		"                       which half of 64-bit words lies first; without it as the\n"
		"                       call's ABI has it\n"
		"      --engine fast|interp\n"
		"                       how binary records are judged for hex and summary: by the\n"
		"                       fast engine (when left out) or by the interpreter; what\n"
		"                       shows more than the value always takes the interpreter\n"
		"\n"
		"  verdict eval policy.bpf -- 'openat(AT_FDCWD, 0, O_RDWR)' 'i386 socket(40)'\n"
		"\n"
		"Exit status: 0 all calls were judged, 2 a source or a call is invalid (the other\n"
		"calls are judged).\n",
	.options = specs,
	.run = run,
};
