/* SPDX-License-Identifier: MIT */
/*
 * Runs inputs through fuzz targets without a fuzzing engine: all targets are
 * in this one program, under their names.
 */
#include "fuzz/support/support.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* targets.h is made by the Makefile of the names in fuzz/targets/: TARGET(asm) and so on. */
#define TARGET(name) int fuzz_target_##name(const uint8_t *data, size_t size);
#include "targets.h"
#undef TARGET

static const struct target {
	const char *name;
	int (*run)(const uint8_t *data, size_t size);
} targets[] = {
#define TARGET(name) { #name, fuzz_target_##name },
#include "targets.h"
#undef TARGET
};
#define TARGETS (sizeof(targets) / sizeof(*targets))

static const char help[] =
	"usage: replay TARGET PATH...    runs files, and those of folders, through a target\n"
	"       replay --all CORPUS      CORPUS/TARGET through each target; prints TAP\n"
	"       replay --list            the names of the targets\n";

/* What is run now, for the case that it does not come back. */
static char now[512];

static void on_death(int signal)
{
	static const char before[] = "\nreplay: this input ends the program: ";

	if (write(STDERR_FILENO, before, sizeof(before) - 1) < 0 ||
	    write(STDERR_FILENO, now, strlen(now)) < 0 || write(STDERR_FILENO, "\n", 1) < 0)
		_exit(1);
	_exit(1);
}

/* Sanitizers end the program by a signal, so that on_death() has its say. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "abort_on_error=1:detect_leaks=1";
}
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}

static void run_file(const struct target *target, const char *path)
{
	FILE *file = fopen(path, "re");
	char *data = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&data, &size);
	char block[4096];

	if (!file || !out) {
		fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	for (size_t n; (n = fread(block, 1, sizeof(block), file)) > 0;)
		fwrite(block, 1, n, out);
	fclose(file);
	fclose(out);
	/* Of exactly its size: sanitizers see what is read past it. */
	uint8_t *exact = malloc(size ? size : 1);
	if (!exact)
		exit(2);
	memcpy(exact, data, size);
	free(data);
	snprintf(now, sizeof(now), "%s %s", target->name, path);
	target->run(exact, size);
	free(exact);
}

/* A file, or all files of a folder. Returns how many; -1: there is nothing at this path. */
static int run_path(const struct target *target, const char *path)
{
	char pattern[512];
	glob_t found;
	struct stat st;

	if (stat(path, &st) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		run_file(target, path);
		return 1;
	}
	snprintf(pattern, sizeof(pattern), "%s/*", path);
	if (glob(pattern, 0, NULL, &found))
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++)
		run_file(target, found.gl_pathv[i]);
	int n = (int)found.gl_pathc;
	globfree(&found);
	return n;
}

static int run_all(const char *corpus)
{
	int failed = 0;

	printf("1..%zu\n", TARGETS);
	for (size_t i = 0; i < TARGETS; i++) {
		char path[512];
		snprintf(path, sizeof(path), "%s/%s", corpus, targets[i].name);
		int n = run_path(&targets[i], path);
		failed += n <= 0;
		printf("%s %zu - %s: %d inputs\n", n > 0 ? "ok" : "not ok", i + 1, targets[i].name,
		       n > 0 ? n : 0);
		fflush(stdout);
	}
	return failed != 0;
}

static const struct target *find(const char *name)
{
	for (size_t i = 0; i < TARGETS; i++)
		if (!strcmp(targets[i].name, name))
			return &targets[i];
	return NULL;
}

int main(int argc, char **argv)
{
	static const int signals[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
	int status = 0;

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], on_death);
	if (argc == 2 && !strcmp(argv[1], "--list")) {
		for (size_t i = 0; i < TARGETS; i++)
			puts(targets[i].name);
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "--all"))
		return run_all(argv[2]);
	const struct target *target = argc > 2 ? find(argv[1]) : NULL;
	if (!target) {
		fputs(help, stderr);
		return 2;
	}
	for (int i = 2; i < argc; i++)
		if (run_path(target, argv[i]) < 0) {
			fprintf(stderr, "replay: %s: %s\n", argv[i], strerror(errno));
			status = 2;
		}
	return status;
}
