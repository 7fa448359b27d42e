/* SPDX-License-Identifier: MIT */
/* Programs of tests as they are written down. */
#ifndef VM_PROVE_PROGRAMS_H
#define VM_PROVE_PROGRAMS_H

#include "vm/testing.h"
#include "vm/verdict.h"

#define ALLOW 0x7fff0000u
#define DENY 0x00050001u
#define LD(at) { 0x20, 0, 0, at }
#define JEQ(k, jt, jf) { 0x15, jt, jf, k }
#define JGT(k, jt, jf) { 0x25, jt, jf, k }
#define RET(k) { 0x06, 0, 0, k }

#endif
