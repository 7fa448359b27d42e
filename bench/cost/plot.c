/* SPDX-License-Identifier: MIT */
/* Plots, drawn by gnuplot: four panels in one picture. */
#include "bench/cost/cost.h"
#include "loader/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMED 20u /* calls that are shown by name */

static const char *const kinds[] = { ".svg", ".png" };
static const char *const terminals[] = { "svg size 1200,900 background '#ffffff' font 'sans-serif,13'",
					 "pngcairo size 1200,900 background '#ffffff' font 'sans,11'" };

int plot_kind(const char *path)
{
	size_t len = strlen(path);

	for (int i = 0; i < 2; i++)
		if (len > 4 && !strcmp(path + len - 4, kinds[i]))
			return i;
	return -1;
}

/* What stands in single quotes: gnuplot doubles one that is inside; what would be markup is left out. */
static void put_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text; text++)
		if (*text == '\'')
			fputs("''", out);
		else if ((unsigned char)*text >= ' ')
			fputc(*text, out);
	fputc('\'', out);
}

static void put(FILE *out, struct estimate estimate)
{
	if (estimate.known)
		fprintf(out, " %.3f", estimate.value);
	else
		fputs(" NaN", out);
}

static void put_three(FILE *out, struct estimate machine, struct estimate engine, struct estimate kernel)
{
	put(out, machine);
	put(out, engine);
	put(out, kernel);
	fputc('\n', out);
}

static void put_data(const struct cost *cost, FILE *out)
{
	static const struct {
		enum cost_group group;
		const char *name;
	} groups[] = { { COST_BITMAP, "known to\\nthe bitmap" },
		       { COST_NUMBER, "decided\\nby number" },
		       { COST_WORDS, "by\\narguments" },
		       { COST_ALL, "all" } };
	char number[64];

	fputs("$calls << EOD\n", out);
	for (size_t i = 0; i < cost->n_rows; i++) {
		const struct row *row = &cost->rows[i];
		fprintf(out, "%zu \"%s\"", i + 1, row_name(row, number));
		put_three(out, row->machine, row->engine, row->kernel);
	}
	fputs("EOD\n$groups << EOD\n", out);
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		struct group_cost sum = cost_of(cost, groups[i].group);
		if (!sum.rows)
			continue;
		fprintf(out, "%zu \"%s\"", i + 1, groups[i].name);
		put_three(out, sum.machine, sum.engine, sum.kernel);
	}
	fputs("EOD\n$steps << EOD\n", out);
	for (size_t i = 0; i < cost->n_steps; i++) {
		fprintf(out, "%zu \"\"", cost->steps[i].filters);
		put_three(out, cost->steps[i].machine, cost->steps[i].engine, cost->steps[i].kernel);
	}
	fputs("EOD\n", out);
}

/* The ways that there are figures for, as the columns 3, 4 and 5 of a block of data. */
static void put_ways(const struct cost *cost, FILE *out, const char *data, const char *style)
{
	static const char *const names[] = { "machine", "engine", "kernel (added)" };

	fputs("plot", out);
	for (int way = 0; way < (cost->kernel ? 3 : 2); way++)
		fprintf(out, "%s %s using %s%d%s title '%s' with %s lc rgb %s", way ? ", \\\n " : "", data,
			strstr(style, "hist") ? "" : "1:", way + 3, strstr(style, "hist") ? ":xtic(2)" : "",
			names[way], style,
			way == 0   ? "'#4477aa'"
			: way == 1 ? "'#228833'"
				   : "'#cc6677'");
	fputc('\n', out);
}

/* Rows whose names are shown: of those that cost about the same one, unless records weigh them. */
static size_t choose_named(const struct cost *cost, size_t ret_rows[NAMED])
{
	double last = 0;
	size_t n = 0;

	for (size_t i = 0; i < cost->n_rows && n < NAMED; i++) {
		const struct row *row = &cost->rows[i];
		double each = row->kernel.known ? row->kernel.value : row->machine.value;
		if (n && !cost->records && cost->n_rows > NAMED && each > last * 0.97 && each < last * 1.03)
			continue;
		last = each;
		ret_rows[n++] = i;
	}
	return n;
}

static void put_named(const struct cost *cost, FILE *out)
{
	size_t named[NAMED], n = choose_named(cost, named);
	char number[64];

	fputs("$named << EOD\n", out);
	for (size_t i = 0; i < n; i++) {
		const struct row *row = &cost->rows[named[i]];
		fprintf(out, "%zu \"%s\"", i + 1, row_name(row, number));
		put_three(out, row->machine, row->engine, row->kernel);
	}
	fprintf(out,
		"EOD\nset title '%s'\nset xlabel ''\nset xrange [-0.6:%zu-0.4]\n"
		"set xtics rotate by -40 font ',10' noenhanced\n",
		cost->records	    ? "Those that the records make dearest"
		: n == cost->n_rows ? "By name"
				    : "By name, one of those that cost about the same",
		n);
	put_ways(cost, out, "$named", "histograms");
	fputs("set xtics norotate font ',11' enhanced\n", out);
}

static double largest(const struct cost *cost)
{
	double most = 10;

	for (size_t i = 0; i < cost->n_rows; i++)
		most = cost->rows[i].machine.value > most ? cost->rows[i].machine.value : most;
	return most;
}

/* Where a panel's axes stand: column 0 or 1, row 0 on top. */
static void place(FILE *out, int column, int row)
{
	double left = column ? 0.57 : 0.07, bottom = row ? 0.09 : 0.60;

	fprintf(out,
		"set lmargin at screen %.2f\nset rmargin at screen %.2f\n"
		"set bmargin at screen %.2f\nset tmargin at screen %.2f\n",
		left, left + 0.41, bottom, bottom + 0.30);
}

static void put_script(const struct cost *cost, int kind, FILE *out)
{
	double top = largest(cost), deep = cost->n_steps ? cost->steps[cost->n_steps - 1].machine.value : 1;

	fprintf(out, "set terminal %s\n", terminals[kind]);
	put_data(cost, out);
	fputs("set multiplot title ", out);
	put_quoted(out, cost->subject->name);
	fputs(" noenhanced\n"
	      "set ylabel 'nanoseconds a call'\nset grid ytics lc rgb '#dddddd'\n"
	      "set border 3\nset tics nomirror\nset logscale y\nset format y '%.0f'\n"
	      "set style data histograms\nset style histogram clustered gap 1\n"
	      "set style fill solid 1 noborder\nset key top right horizontal font ',10' samplen 2\n",
	      out);
	place(out, 0, 0);
	/* the key stands above the data: room of one power of ten and a half */
	fprintf(out, "set yrange [1:%.0f]\nset title 'Each of %zu calls, the dearest first'\n", top * 30,
		cost->n_rows);
	fprintf(out, "set xlabel 'call, by rank'\nset xrange [0:%zu]\n", cost->n_rows + 1);
	put_ways(cost, out, "$calls", "points pt 7 ps 0.4");
	place(out, 1, 0);
	put_named(cost, out);
	place(out, 0, 1);
	fprintf(out, "set yrange [1:%.0f]\nset title 'Growth with depth: judged calls'\nset xlabel '%s'\n",
		(deep > top ? deep : top) * 30,
		cost->copies ? "copies of the filter" : "filters, the oldest so many");
	fprintf(out, "set xrange [0:%zu]\n", cost->n_steps ? cost->steps[cost->n_steps - 1].filters + 1 : 1);
	put_ways(cost, out, "$steps", "linespoints pt 7 ps 0.7 lw 2");
	place(out, 1, 1);
	fprintf(out, "set yrange [1:%.0f]\nset title 'By what decides a call: means'\nset xlabel ''\n",
		top * 30);
	fputs("set xrange [-0.6:*]\n", out);
	put_ways(cost, out, "$groups", "histograms");
	fputs("unset multiplot\n", out);
}

/* gnuplot with the script as its input and the picture as its output. -1: it is not there; else its status.
 */
static int run_gnuplot(FILE *script, FILE *picture)
{
	int status;

	fflush(script);
	fflush(picture);
	lseek(fileno(script), 0, SEEK_SET);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fileno(script), 0);
		dup2(fileno(picture), 1);
		execlp("gnuplot", "gnuplot", (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	if (pid < 0 || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status) == 127 ? -1 : WEXITSTATUS(status);
}

int cost_plot(const struct cost *cost, const char *path, struct diags *diags)
{
	FILE *script = tmpfile();
	struct output output;

	if (!script) {
		diag_file_error(diags, path, "no temporary file: %s", strerror(errno));
		return -1;
	}
	if (output_open(path, diags, &output) < 0) {
		fclose(script);
		return -1;
	}
	put_script(cost, plot_kind(path), script);
	int status = run_gnuplot(script, output.file);
	fclose(script);
	if (status == 0)
		return output_commit(&output, diags);
	output_abort(&output);
	if (status < 0)
		diag_file_error(diags, path, "not drawn: gnuplot is not installed");
	else
		diag_file_error(diags, path, "not drawn: gnuplot failed with status %d", status);
	return -1;
}
