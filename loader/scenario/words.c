/* SPDX-License-Identifier: MIT */
/* Results, signals and times as scenarios write them. */
#include "loader/scenario/scenario.h"
#include "loader/expr.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int signal;
} signals[] = {
	{ "SIGHUP", SIGHUP },	{ "SIGINT", SIGINT },	{ "SIGQUIT", SIGQUIT },	  { "SIGILL", SIGILL },
	{ "SIGTRAP", SIGTRAP }, { "SIGABRT", SIGABRT }, { "SIGBUS", SIGBUS },	  { "SIGFPE", SIGFPE },
	{ "SIGKILL", SIGKILL }, { "SIGUSR1", SIGUSR1 }, { "SIGSEGV", SIGSEGV },	  { "SIGUSR2", SIGUSR2 },
	{ "SIGPIPE", SIGPIPE }, { "SIGALRM", SIGALRM }, { "SIGTERM", SIGTERM },	  { "SIGCHLD", SIGCHLD },
	{ "SIGURG", SIGURG },	{ "SIGXCPU", SIGXCPU }, { "SIGWINCH", SIGWINCH }, { "SIGSYS", SIGSYS },
};
#define SIGNALS (sizeof(signals) / sizeof(*signals))

int sc_signal_read(const struct span *span, struct diags *diags, int *ret_signal)
{
	const char *text = span->text->data + span->off, *names[SIGNALS], *near[2];

	for (size_t i = 0; i < SIGNALS; i++) {
		names[i] = signals[i].name;
		if (strlen(names[i]) == span->len && !memcmp(names[i], text, span->len)) {
			*ret_signal = signals[i].signal;
			return 0;
		}
	}
	diag_error(diags, span, "this is no signal that scenarios know");
	size_t n = vd_near(text, span->len, names, SIGNALS, near, 2);
	if (n)
		diag_hint_names(diags, near, n);
	else
		diag_hint(diags, "write SIGUSR1, SIGSYS or another one by its name");
	return -1;
}

const char *sc_signal_name(int signal)
{
	static char other[16];

	for (size_t i = 0; i < SIGNALS; i++)
		if (signals[i].signal == signal)
			return signals[i].name;
	snprintf(other, sizeof(other), "signal %d", signal);
	return other;
}

#define TIME_MAX_MS 60000

int sc_time_read(const struct span *span, struct diags *diags, unsigned *ret_ms)
{
	const char *text = span->text->data + span->off;
	size_t digits = 0;
	unsigned long value = 0;

	for (; digits < span->len && text[digits] >= '0' && text[digits] <= '9' && value <= TIME_MAX_MS;
	     digits++)
		value = 10 * value + (unsigned long)(text[digits] - '0');
	const char *unit = text + digits;
	size_t len = span->len - digits;
	bool ms = len == 2 && !memcmp(unit, "ms", 2), seconds = len == 1 && *unit == 's';
	if (!digits || (!ms && !seconds)) {
		diag_error(diags, span, "this is no time");
		diag_hint(diags, "write 50ms or 2s");
		return -1;
	}
	if (seconds)
		value *= 1000;
	if (value > TIME_MAX_MS) {
		diag_error(diags, span, "a scenario waits for one minute at most");
		return -1;
	}
	*ret_ms = (unsigned)value;
	return 0;
}

int sc_result_read(const struct span *span, struct diags *diags, struct sc_result *ret_result)
{
	const char *text = span->text->data + span->off;
	const struct vd_const *error = vd_errno_by_name(text, span->len);
	uint64_t bits;

	if (span->len == 3 && !memcmp(text, "any", 3)) {
		*ret_result = (struct sc_result){ .kind = SC_WHATEVER };
		return 0;
	}
	if (error)
		bits = -error->value;
	else if (expr_const_bits(span, 64, diags, &bits) < 0)
		return -1;
	*ret_result = (struct sc_result){ .kind = SC_EQUALS, .value = (int64_t)bits };
	return 0;
}
