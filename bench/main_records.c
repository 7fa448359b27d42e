/* SPDX-License-Identifier: MIT */
/* records N [SEED]: N records of the mix on stdout, as an array of struct seccomp_data. */
#include "bench/mix.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct vd_random random = { .state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1 };
	char *end = NULL;
	unsigned long n = argc > 1 ? strtoul(argv[1], &end, 10) : 0;
	struct seccomp_data data;

	if (argc < 2 || argc > 3 || !*argv[1] || *end || isatty(STDOUT_FILENO)) {
		fprintf(stderr, "usage: %s N [SEED] > FILE\n", argv[0]);
		return 2;
	}
	for (; n; n--) {
		mix_record(&random, &data);
		if (fwrite(&data, sizeof(data), 1, stdout) != 1)
			break;
	}
	if (fclose(stdout) || n) {
		perror("records");
		return 1;
	}
	return 0;
}
