/* SPDX-License-Identifier: MIT */
#include "vm/prove/when.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void vd_text_init(struct vd_text *text, size_t max)
{
	*text = (struct vd_text){ .max = max, .data = malloc(max + 1) };
	if (text->data)
		text->data[0] = '\0';
	else
		text->full = true;
}

void vd_text_done(struct vd_text *text)
{
	free(text->data);
	text->data = NULL;
}

void vd_text_put(struct vd_text *text, const char *fmt, ...)
{
	size_t room = text->full ? 0 : text->max - text->len + 1;
	va_list args;

	if (text->full)
		return;
	va_start(args, fmt);
	int n = vsnprintf(text->data + text->len, room, fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room)
		text->full = true;
	else
		text->len += (size_t)n;
}

static bool is_const(const struct vd_text *text, char which)
{
	return !text->full && text->binding == VD_BIND_CONST && text->data[0] == which;
}

static void become(struct vd_text *text, const struct vd_text *more)
{
	text->len = 0;
	text->full |= more->full;
	text->binding = more->binding;
	if (!text->full)
		vd_text_put(text, "%s", more->data);
}

void vd_text_join(struct vd_text *text, const struct vd_text *more, bool and)
{
	enum vd_binding binding = and? VD_BIND_AND : VD_BIND_OR;

	if (text->full || more->full) {
		text->full = true;
	} else if (is_const(text, and? '1' : '0') || is_const(more, and? '0' : '1')) {
		become(text, more);
	} else if (!is_const(text, and? '0' : '1') && !is_const(more, and? '1' : '0')) {
		if (and&&text->binding == VD_BIND_OR) {
			struct vd_text inner = { .max = text->max,
						 .len = text->len,
						 .data = strdup(text->data) };
			text->len = 0;
			text->full = !inner.data;
			vd_text_put(text, "(%s)", inner.data);
			vd_text_done(&inner);
		}
		bool parens = and&&more->binding == VD_BIND_OR;
		vd_text_put(text, parens ? " %s (%s)" : " %s %s", and? "&&" : "||", more->data);
		text->binding = binding;
	}
}

struct vd_text vd_text_shorter(struct vd_text *a, struct vd_text *b)
{
	bool second = a->full || (!b->full && b->len < a->len);
	struct vd_text r = second ? *b : *a;

	vd_text_done(second ? a : b);
	return r;
}

void vd_number_put(struct vd_text *text, uint64_t value)
{
	vd_text_put(text, value < 256 ? "%llu" : "0x%llx", (unsigned long long)value);
}

void vd_masked_put(struct vd_text *text, const char *name, uint64_t all, uint64_t mask, uint64_t value)
{
	/* one bit of several is there, or not */
	bool set = value == mask && !(mask & (mask - 1)) && mask != all;

	if (mask == all)
		vd_text_put(text, "%s", name);
	else
		vd_text_put(text, "(%s & 0x%llx)", name, (unsigned long long)mask);
	vd_text_put(text, set ? " != " : " == ");
	vd_number_put(text, set ? 0 : value);
	text->binding = VD_BIND_COMPARE;
}
