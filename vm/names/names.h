/* SPDX-License-Identifier: MIT */
/* What the sources of vm/names/ share. */
#ifndef VD_NAMES_NAMES_H
#define VD_NAMES_NAMES_H

#include "vm/verdict.h"

/* Is name the len bytes at word? */
bool vd_name_is(const char *name, const char *word, size_t len);

/* The index of the len bytes at word among count names in strcmp() order, -1: not there. */
int vd_name_search(const char *(*name_at)(size_t i), size_t count, const char *word, size_t len);

/*
 * vd_syscall_names' index of the call that a number is on an ABI, by the
 * kernel's own spelling; -1: none.
 */
int vd_syscall_row(int abi, uint32_t nr);

/* The constants and errnos in strcmp() order, for vd_names_near(). */
size_t vd_const_count(void);
const char *vd_const_name_at(size_t i);
size_t vd_errno_count(void);
const char *vd_errno_name_at(size_t i);

/*
 * Is the constant's value the one that an ABI has? Always on x86_64; on i386 and
 * x32 where they agree with it; elsewhere where nothing varies.
 */
bool vd_const_holds_on(const struct vd_const *constant, int abi);

#endif
