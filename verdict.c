/* SPDX-License-Identifier: MIT */
/* The command: argv to a table of subcommands, nothing else. */
#include "loader/command.h"
#include "loader/rules/rules.h"
#include "loader/source/source.h"
#include "vm/verdict.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

extern const struct command cmd_test, cmd_eval, cmd_check, cmd_disasm, cmd_asm, cmd_show, cmd_diff, cmd_lint,
	cmd_gen, cmd_fuzz, cmd_bench, cmd_capture, cmd_exec, cmd_kernel, cmd_notify, cmd_record, cmd_replay;

static const struct command *const commands[] = {
	&cmd_test, &cmd_eval,	&cmd_check,  &cmd_disasm, &cmd_asm,    &cmd_show,
	&cmd_diff, &cmd_lint,	&cmd_gen,    &cmd_fuzz,	  &cmd_bench,  &cmd_capture,
	&cmd_exec, &cmd_kernel, &cmd_notify, &cmd_record, &cmd_replay,
};
#define COMMANDS (sizeof(commands) / sizeof(*commands))

static void print_usage(FILE *out)
{
	fputs("usage: verdict SUBCOMMAND [OPTIONS] ...\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n  verdict SUBCOMMAND --help tells its options, verdict --version the version.\n", out);
}

static int print_help(void)
{
	fputs("verdict: what does the kernel decide for this system call, and is that what the\n"
	      "filter's author meant? Tests Linux seccomp filters, without installing them.\n\n",
	      stdout);
	print_usage(stdout);
	fputs("\n"
	      "A SOURCE is a filter: a file of raw instructions (.bpf), assembler text\n"
	      "(.bpfasm), a folder of .bpf files (a stack, oldest first), a container profile\n"
	      "(.json), C text (.c), rules (.rules), or - for stdin; `verdict help sources` and\n"
	      "`verdict help rules` have them all. For example:\n\n"
	      "  printf 'ret #ERRNO(EPERM)\\n' | verdict eval - -- 'mkdir()'\n\n"
	      "Exit status: 0 passed or accepted, 1 failed or rejected, 2 usage or invalid\n"
	      "input, 3 no answer, 4 machine and kernel disagree.\n"
	      "Colour is used on terminals only, and not when NO_COLOR is set.\n",
	      stdout);
	return finish_output(EXIT_PASSED);
}

static int unknown(const char *word)
{
	const char *names[COMMANDS], *near;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i]->name;
	if (word[0] == '-')
		fprintf(stderr, "verdict: error: unknown option '%s'", word);
	else
		fprintf(stderr, "verdict: error: there is no subcommand '%s'", word);
	if (vd_near(word, strlen(word), names, COMMANDS, &near, 1))
		fprintf(stderr, "; did you mean '%s'?", near);
	fputs("\nTry 'verdict --help'.\n", stderr);
	return EXIT_INVALID;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int help_on(const char *name)
{
	const struct command *command = find(name);

	const char *help = command		      ? command->help
			   : !strcmp(name, "sources") ? source_help
			   : !strcmp(name, "rules")   ? rules_help
						      : NULL;

	if (!help)
		return unknown(name);
	fputs(help, stdout);
	return finish_output(EXIT_PASSED);
}

/*
 * Where stdin, stdout or stderr is closed, no file that is opened may take its
 * place. What is read or written there fails as before, and commands that are
 * started find it closed.
 */
static void keep_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;

	keep_standard_streams();

	if (!word) {
		print_usage(stderr);
		return EXIT_INVALID;
	}
	if (!strcmp(word, "help") && argc > 2)
		return help_on(argv[2]);
	if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help"))
		return print_help();
	if (!strcmp(word, "--version")) {
		printf("verdict %s\n", vd_version());
		return finish_output(EXIT_PASSED);
	}

	const struct command *command = find(word);
	if (!command)
		return unknown(word);
	return finish_output(command->run(argc - 1, argv + 1));
}
