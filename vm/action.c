/* SPDX-License-Identifier: MIT */
#include "vm/action.h"
#include "vm/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ACTION_MASK 0xffff0000u
#define DATA_MASK 0x0000ffffu
#define MAX_ERRNO 4095u

/* From the strongest to the weakest; linux/seccomp.h has the values. */
static const struct {
	uint32_t value;
	const char *name;
} actions[] = {
	{ 0x80000000u, "KILL_PROCESS" }, { 0x00000000u, "KILL_THREAD" }, { 0x00030000u, "TRAP" },
	{ 0x00050000u, "ERRNO" },        { 0x7fc00000u, "USER_NOTIF" },  { 0x7ff00000u, "TRACE" },
	{ 0x7ffc0000u, "LOG" },          { 0x7fff0000u, "ALLOW" },
};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

/* Other spellings; the prefixes SECCOMP_RET_ and SCMP_ACT_ are taken off first. */
static const struct {
	const char *name;
	uint32_t value;
} aliases[] = {
	{ "KILL", 0x00000000u },   /* both linux/seccomp.h's and libseccomp's KILL are KILL_THREAD */
	{ "NOTIFY", 0x7fc00000u }, /* libseccomp's SCMP_ACT_NOTIFY */
};

const char *const vd_action_names[] = {
	"KILL_PROCESS", "KILL_THREAD", "TRAP", "ERRNO", "USER_NOTIF", "TRACE", "LOG", "ALLOW", "KILL", "NOTIFY",
	"SECCOMP_RET_KILL_PROCESS", "SECCOMP_RET_KILL_THREAD", "SECCOMP_RET_KILL", "SECCOMP_RET_TRAP",
	"SECCOMP_RET_ERRNO", "SECCOMP_RET_USER_NOTIF", "SECCOMP_RET_TRACE", "SECCOMP_RET_LOG",
	"SECCOMP_RET_ALLOW", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL", "SCMP_ACT_TRAP",
	"SCMP_ACT_ERRNO", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_LOG", "SCMP_ACT_ALLOW",
};
const size_t vd_action_names_count = sizeof(vd_action_names) / sizeof(vd_action_names[0]);

const char *vd_action_name(uint32_t ret)
{
	for (size_t i = 0; i < ACTIONS; i++)
		if (actions[i].value == (ret & ACTION_MASK))
			return actions[i].name;
	return NULL;
}

static bool same(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && !memcmp(name, text, len);
}

static bool skip_prefix(const char *prefix, const char **name, size_t *len)
{
	size_t n = strlen(prefix);

	if (*len <= n || memcmp(*name, prefix, n) != 0)
		return false;
	*name += n;
	*len -= n;
	return true;
}

int vd_action_by_name(const char *name, size_t len, uint32_t *ret_action)
{
	if (!skip_prefix("SECCOMP_RET_", &name, &len))
		skip_prefix("SCMP_ACT_", &name, &len);
	for (size_t i = 0; i < ACTIONS; i++)
		if (same(actions[i].name, name, len)) {
			*ret_action = actions[i].value;
			return 0;
		}
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (same(aliases[i].name, name, len)) {
			*ret_action = aliases[i].value;
			return 0;
		}
	return -ENOENT;
}

int vd_action_format(uint32_t ret, char *buf, size_t size)
{
	const char *name = vd_action_name(ret), *error_name;
	uint32_t action = ret & ACTION_MASK, data = ret & DATA_MASK;

	if (!name)
		return snprintf(buf, size, "0x%08x", ret);
	if (action == SECCOMP_RET_ERRNO) {
		error_name = vd_errno_name(data);
		return error_name ? snprintf(buf, size, "%s(%s)", name, error_name) :
				    snprintf(buf, size, "%s(%u)", name, data);
	}
	if (data || action == SECCOMP_RET_TRACE)
		return snprintf(buf, size, "%s(%u)", name, data);
	return snprintf(buf, size, "%s", name);
}

/* Decimal or 0x-hexadecimal, all of text. */
static int parse_number(const char *text, size_t len, uint32_t max, uint32_t *ret_value)
{
	unsigned base = 10;
	uint64_t value = 0;

	if (len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
		len -= 2;
	}
	/* A leading zero would be octal to one reader and decimal to another. */
	if (!len || (base == 10 && len > 1 && text[0] == '0'))
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		static const char digits[] = "0123456789abcdef";
		int c = text[i] >= 'A' && text[i] <= 'F' ? text[i] - 'A' + 'a' : text[i];
		const char *digit = c ? memchr(digits, c, base) : NULL;
		if (!digit)
			return -EINVAL;
		value = value * base + (uint64_t)(digit - digits);
		if (value > max)
			return -EINVAL;
	}
	*ret_value = (uint32_t)value;
	return 0;
}

/* The data between the parentheses: a number or an errno's name. */
static int parse_data(const char *text, size_t len, uint32_t *ret_data)
{
	const struct vd_const *error = vd_errno_by_name(text, len);

	if (error) {
		*ret_data = (uint32_t)error->value;
		return 0;
	}
	return parse_number(text, len, DATA_MASK, ret_data);
}

int vd_action_parse(const char *text, size_t len, uint32_t *ret_value, bool *ret_has_data)
{
	const char *open = memchr(text, '(', len);
	uint32_t value, data = 0;

	if (open) {
		if (text[len - 1] != ')' || vd_action_by_name(text, (size_t)(open - text), &value) < 0 ||
		    parse_data(open + 1, len - (size_t)(open - text) - 2, &data) < 0)
			return -EINVAL;
		value |= data;
	} else if (vd_action_by_name(text, len, &value) < 0 && parse_number(text, len, UINT32_MAX, &value) < 0) {
		return -EINVAL;
	}
	*ret_value = value;
	if (ret_has_data)
		*ret_has_data = open != NULL;
	return 0;
}

uint32_t vd_effective(uint32_t ret)
{
	uint32_t action = ret & ACTION_MASK, data = ret & DATA_MASK;

	if (!vd_action_name(ret))
		return SECCOMP_RET_KILL_PROCESS;
	switch (action) {
	case SECCOMP_RET_ERRNO:
		return action | (data > MAX_ERRNO ? MAX_ERRNO : data);
	case SECCOMP_RET_TRAP:
	case SECCOMP_RET_TRACE:
		return ret;
	default: /* nobody sees the data */
		return action;
	}
}
