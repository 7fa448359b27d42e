/* SPDX-License-Identifier: MIT */
/*
 * For tests that are linked so that allocations come here (ld --wrap; the
 * Makefile has the list): the n-th one that a tested call makes is refused.
 */
#ifndef VM_REFUSE_H
#define VM_REFUSE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

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

static bool refuse(void)
{
	if (!armed || !refused || ++count != refused)
		return false;
	hit = true;
	return true;
}

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
	return refuse() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refuse() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return refuse() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	return refuse() ? NULL : __real_strdup(text);
}

char *__real_strndup(const char *text, size_t n);
int __real_vasprintf(char **text, const char *fmt, va_list ap);
char *__wrap_strndup(const char *text, size_t n);
int __wrap_vasprintf(char **text, const char *fmt, va_list ap);
int __wrap_asprintf(char **text, const char *fmt, ...);

char *__wrap_strndup(const char *text, size_t n)
{
	return refuse() ? NULL : __real_strndup(text, n);
}

int __wrap_vasprintf(char **text, const char *fmt, va_list ap)
{
	return refuse() ? -1 : __real_vasprintf(text, fmt, ap);
}

int __wrap_asprintf(char **text, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int r = __wrap_vasprintf(text, fmt, ap);
	va_end(ap);
	return r;
}

#endif
