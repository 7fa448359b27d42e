/* SPDX-License-Identifier: MIT */
#include "vm/names/names.h"

#include <string.h>

static const struct vd_const consts[] = {
#define VD_CONST(name, value, varies, negative) { #name, value, (varies) != 0, negative },
#include "vm/names/consts.inc"
#undef VD_CONST
};

static const bool varies_on_x86[] = {
#define VD_CONST(name, value, varies, negative) (varies) == 2,
#include "vm/names/consts.inc"
#undef VD_CONST
};

size_t vd_const_count(void)
{
	return sizeof(consts) / sizeof(consts[0]);
}

const char *vd_const_name_at(size_t i)
{
	return consts[i].name;
}

const struct vd_const *vd_const_by_name(const char *name, size_t len)
{
	int row = vd_name_search(vd_const_name_at, vd_const_count(), name, len);

	return row < 0 ? NULL : &consts[row];
}

static bool differs_on_x86(const struct vd_const *constant)
{
	int row = vd_name_search(vd_const_name_at, vd_const_count(), constant->name,
				 strlen(constant->name));

	return row >= 0 && varies_on_x86[row];
}

bool vd_const_holds_on(const struct vd_const *constant, int abi)
{
	if (!constant->varies || abi == VD_ABI_X86_64)
		return true;
	return (abi == VD_ABI_I386 || abi == VD_ABI_X32) && !differs_on_x86(constant);
}
