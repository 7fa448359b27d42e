/* SPDX-License-Identifier: MIT */
/*
 * For tests that are linked so that allocations come here (ld --wrap; the
 * Makefile has the list): the n-th one that a tested call makes is refused.
 * Where that is too many, a test can ask for those of each place in the code.
 */
#ifndef VM_REFUSE_H
#define VM_REFUSE_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static size_t count, refused; /* the refused-th allocation fails, from 1; 0: none */
static bool armed;	      /* what is tested is being called, not the test's own functions */
static bool hit;

/* A call whose allocations count. */
#define TESTED(call) (armed = true, disarmed(call))
static int disarmed(int r)
{
	armed = false;
	return r;
}

/* Where allocations are made, and which was the first there. */
enum { PLACES_MAX = 4096 };
struct alloc_place {
	const void *caller;
	size_t first;
};
static struct alloc_place *places; /* NULL: not asked for; of PLACES_MAX */

static void note_place(const void *caller)
{
	size_t at = ((uintptr_t)caller >> 2) % PLACES_MAX;

	while (places[at].caller && places[at].caller != caller)
		at = (at + 1) % PLACES_MAX;
	if (!places[at].caller)
		places[at] = (struct alloc_place){ caller, count };
}

static bool refuse(const void *caller)
{
	if (!armed || (!refused && !places))
		return false;
	count++;
	if (places)
		note_place(caller);
	hit |= count == refused;
	return count == refused;
}
#define REFUSED() refuse(__builtin_return_address(0))

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
	return REFUSED() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return REFUSED() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return REFUSED() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	return REFUSED() ? NULL : __real_strdup(text);
}

char *__real_strndup(const char *text, size_t n);
int __real_vasprintf(char **text, const char *fmt, va_list ap);
char *__wrap_strndup(const char *text, size_t n);
int __wrap_vasprintf(char **text, const char *fmt, va_list ap);
int __wrap_asprintf(char **text, const char *fmt, ...);

char *__wrap_strndup(const char *text, size_t n)
{
	return REFUSED() ? NULL : __real_strndup(text, n);
}

int __wrap_vasprintf(char **text, const char *fmt, va_list ap)
{
	return REFUSED() ? -1 : __real_vasprintf(text, fmt, ap);
}

int __wrap_asprintf(char **text, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int r = REFUSED() ? -1 : __real_vasprintf(text, fmt, ap);
	va_end(ap);
	return r;
}

FILE *__real_open_memstream(char **text, size_t *size);
FILE *__wrap_open_memstream(char **text, size_t *size);
void *__real_mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset);

FILE *__wrap_open_memstream(char **text, size_t *size)
{
	return REFUSED() ? NULL : __real_open_memstream(text, size);
}

void *__wrap_mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset)
{
	if (!REFUSED())
		return __real_mmap(address, len, protection, flags, fd, offset);
	errno = ENOMEM;
	return MAP_FAILED;
}

#endif
