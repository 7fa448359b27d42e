/* SPDX-License-Identifier: MIT */
/*
 * The lines that children have run count in coverage builds, too: counts are
 * written by exit() alone, while most children here end by a signal, by _exit()
 * or under filters that forbid to write a file. So counts are memory that
 * children share with their parent, who writes them.
 */
#include <gcov.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern char counts_begin[], counts_end[]; /* counts.ld */
extern void __real___gcov_exit(void);
void __wrap___gcov_exit(void);
extern _Noreturn void __real__exit(int status) __attribute__((weak));
extern int __real_raise(int sig) __attribute__((weak));
_Noreturn void __wrap__exit(int status);
int __wrap_raise(int sig);

static pid_t owner;

static void __attribute__((constructor)) share(void)
{
	size_t len = (size_t)(counts_end - counts_begin);
	void *shared = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	owner = getpid();
	if (shared == MAP_FAILED)
		abort();
	memcpy(shared, counts_begin, len);
	if (mremap(shared, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, counts_begin) == MAP_FAILED)
		abort();
}

/* At exit(). Writing adds what the file has to the counts: they would double with each child that wrote them.
 */
void __wrap___gcov_exit(void)
{
	if (getpid() == owner)
		__real___gcov_exit();
}

/* `verdict` may end as its command did: by these. */
static void write_counts(void)
{
	if (getpid() == owner)
		__gcov_dump();
}

_Noreturn void __wrap__exit(int status)
{
	write_counts();
	__real__exit(status);
}

int __wrap_raise(int sig)
{
	if (sig != SIGSTOP)
		write_counts();
	return __real_raise(sig);
}
