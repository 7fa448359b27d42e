/* SPDX-License-Identifier: MIT */
#include "vm/names/names.h"

static const struct vd_const errnos[] = {
#define VD_ERRNO(name, value, varies) { #name, value, varies, false },
#include "vm/names/errnos.inc"
#undef VD_ERRNO
};

#define VD_ARRAYS
#include "vm/names/errnos.inc"
#undef VD_ARRAYS

size_t vd_errno_count(void)
{
	return sizeof(errnos) / sizeof(errnos[0]);
}

const char *vd_errno_name_at(size_t i)
{
	return errnos[i].name;
}

const struct vd_const *vd_errno_by_name(const char *name, size_t len)
{
	int row = vd_name_search(vd_errno_name_at, vd_errno_count(), name, len);

	return row < 0 ? NULL : &errnos[row];
}

const char *vd_errno_name(unsigned value)
{
	if (value >= sizeof(by_value) || by_value[value] == 0)
		return NULL;
	return errnos[by_value[value] - 1].name;
}
