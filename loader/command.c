/* SPDX-License-Identifier: MIT */
#include "loader/command.h"
#include "vm/verdict.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 64 /* of one subcommand; only suggestions look at no more */

#define OPTION_BAD -3 /* diagnosed */
#define OPTION_DASHES -4

struct options {
	const struct command *command;
	int argc;
	char **argv;
	int at;
	const char *value;   /* of the option just returned, or the operand; NULL: none */
	bool only_operands;  /* after -- */
	const char *cluster; /* rest of -abc */
};

int usage_error(const struct command *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "verdict %s: error: ", command->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nTry 'verdict %s --help'.\n", command->name);
	return EXIT_INVALID;
}

int no_source(const struct command *command, const char *where)
{
	return usage_error(command, "no source%s; name a file, a folder, or - for stdin", where);
}

int option_choice(const struct command *command, const char *what, const char *const *names,
		  const char *value, int *ret_index)
{
	char list[128] = "";
	size_t len = 0;

	for (int i = 0; names[i]; i++) {
		if (!strcmp(names[i], value)) {
			*ret_index = i;
			return 0;
		}
		const char *before = !i ? "" : names[i + 1] ? ", " : " or ";
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", before, names[i]);
		assert(len < sizeof(list));
	}
	return usage_error(command, "unknown %s '%s'; it is %s", what, value, list);
}

int option_json(const struct command *command, const char *value, bool *ret_json)
{
	static const char *const names[] = { "pretty", "json", NULL };
	int format = 0, status = option_choice(command, "format", names, value, &format);

	if (!status)
		*ret_json = format == 1;
	return status;
}

int option_abi(const struct command *command, const char *name, int *ret_abi)
{
	int abi = vd_abi_by_name(name, strlen(name));
	const char *near;

	if (abi != VD_ABI_NONE) {
		*ret_abi = abi;
		return 0;
	}
	if (vd_names_near(VD_NAME_ABI, VD_ABI_NONE, name, strlen(name), &near, 1))
		return usage_error(command, "unknown ABI '%s'; did you mean '%s'?", name, near);
	return usage_error(command, "unknown ABI '%s'; it is x86_64, i386, aarch64, ...", name);
}

#define BUDGET_MAX 86400000u

int option_budget(const struct command *command, const char *text, unsigned *ret_ms)
{
	unsigned long ms;
	char *end;

	errno = 0;
	ms = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || !ms || ms > BUDGET_MAX)
		return usage_error(command, "--budget takes milliseconds from 1 to %u, not '%s'", BUDGET_MAX,
				   text);
	*ret_ms = (unsigned)ms;
	return 0;
}

static int bad_option(const struct options *options, const char *name, size_t len)
{
	const char *names[OPTIONS_MAX], *near;
	size_t n = 0;

	for (const struct option_spec *spec = options->command->options; spec->name && n + 1 < OPTIONS_MAX;
	     spec++)
		names[n++] = spec->name;
	names[n++] = "help";
	if (vd_near(name, len, names, n, &near, 1))
		usage_error(options->command, "unknown option '--%.*s'; did you mean '--%s'?", (int)len, name,
			    near);
	else
		usage_error(options->command, "unknown option '--%.*s'", (int)len, name);
	return OPTION_BAD;
}

static int help(const struct options *options)
{
	fputs(options->command->help, stdout);
	return OPTION_HELP;
}

/* The next argument as the value of an option. */
static int take_value(struct options *options, const struct option_spec *spec)
{
	if (options->at >= options->argc) {
		usage_error(options->command, "option '--%s' needs a value", spec->name);
		return OPTION_BAD;
	}
	options->value = options->argv[options->at++];
	return spec->id;
}

static int long_option(struct options *options, const char *name)
{
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct option_spec *spec = options->command->options;

	while (spec->name && (strlen(spec->name) != len || memcmp(spec->name, name, len)))
		spec++;
	if (!spec->name)
		return len == 4 && !memcmp(name, "help", 4) ? help(options) : bad_option(options, name, len);
	options->value = equals ? equals + 1 : NULL;
	if (spec->kind == OPTION_VALUE && !equals)
		return take_value(options, spec);
	if (spec->kind == OPTION_FLAG && equals) {
		usage_error(options->command, "option '--%s' takes no value", spec->name);
		return OPTION_BAD;
	}
	return spec->id;
}

/* One letter of -abc; what follows a letter that takes a value is that value. */
static int short_option(struct options *options)
{
	char letter = *options->cluster++;
	const struct option_spec *spec = options->command->options;

	while (spec->name && spec->letter != letter)
		spec++;
	if (!spec->name) {
		if (letter == 'h')
			return help(options);
		usage_error(options->command, "unknown option '-%c'", letter);
		return OPTION_BAD;
	}
	options->value = NULL;
	if (spec->kind != OPTION_VALUE)
		return spec->id;
	if (!*options->cluster)
		return take_value(options, spec);
	options->value = options->cluster;
	options->cluster = NULL;
	return spec->id;
}

/* An option's id, or one of OPTION_*. */
static int options_next(struct options *options)
{
	if (options->cluster && *options->cluster)
		return short_option(options);
	options->cluster = NULL;
	if (options->at >= options->argc)
		return OPTION_END;

	char *arg = options->argv[options->at++];
	if (!options->only_operands && !strcmp(arg, "--")) {
		options->only_operands = true;
		options->value = NULL;
		return OPTION_DASHES;
	}
	if (options->only_operands || arg[0] != '-' || !arg[1]) {
		options->value = arg;
		return OPTION_OPERAND;
	}
	if (arg[1] == '-')
		return long_option(options, arg + 2);
	options->cluster = arg + 1;
	return short_option(options);
}

int options_read(const struct command *command, int argc, char **argv, option_fn take, void *userdata,
		 char ***ret_rest)
{
	struct options options = { .command = command, .argc = argc, .argv = argv, .at = 1 };
	int id, r = 0;

	while (!r && (id = options_next(&options)) != OPTION_END) {
		if (id >= 0) {
			r = take(userdata, id, options.value);
		} else if (id != OPTION_DASHES) {
			r = id;
		} else if (ret_rest) {
			*ret_rest = options.at < argc ? argv + options.at : *ret_rest;
			break;
		}
	}
	return !r ? OPTION_END : r == OPTION_HELP ? EXIT_PASSED : r == OPTION_BAD ? EXIT_INVALID : r;
}

static int write_error; /* of the first write to stdout that failed */

void flush_output(void)
{
	errno = 0;
	if ((fflush(stdout) != 0 || ferror(stdout)) && !write_error)
		write_error = errno;
}

void finish_diags(struct diags *diags)
{
	flush_output();
	diags_print(diags, stderr, diag_colour(stderr));
	diags_done(diags);
}

int finish_output(int status)
{
	flush_output();
	if (!ferror(stdout))
		return status;
	fprintf(stderr, "verdict: error: cannot write the output: %s\n",
		write_error ? strerror(write_error) : "an earlier write failed");
	return EXIT_INVALID;
}
