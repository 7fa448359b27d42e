/* SPDX-License-Identifier: MIT */
/* Ways into the kernel from a 64-bit program on x86-64, found by trying them in a child. */
#ifndef LOADER_KERNEL_ENTRY_H
#define LOADER_KERNEL_ENTRY_H

#include <linux/seccomp.h>
#include <stdbool.h>

/* Bytes of `syscall` and of `int $0x80`: a filter sees the address behind them. */
#define KERNEL_CALL_BYTES 2u

/* Calls for which x86-64 runs no filter (uretprobe, uprobe; arch/x86/entry). */
#define KERNEL_NR_URETPROBE 335
#define KERNEL_NR_UPROBE 336

/* What came of asking about one record, whichever oracle asked. */
enum kernel_asked {
	KERNEL_ASKED,	 /* the answer is the kernel's */
	KERNEL_BYPASSED, /* one of the two calls above */
	KERNEL_ARCH,	 /* this kernel has no entry for the record's arch */
	KERNEL_ADDRESS,	 /* a program looks at the instruction pointer, and no code can be put there */
};

/* Whether a record can be asked at all, judged by its arch and number. */
enum kernel_asked kernel_askable(const struct seccomp_data *record);

/* Whether `int $0x80` is answered (CONFIG_IA32_EMULATION, ia32_emulation=). Asks once. */
bool kernel_has_i386(void);
/* Whether calls with x32's bit are run (CONFIG_X86_X32_ABI); filters see them either way. Asks once. */
bool kernel_has_x32(void);

/*
 * Whether this process has filters already, a container's for instance: they
 * judge every record too. Strict mode counts.
 */
bool kernel_is_filtered(void);

/* Tries what may be fatal in a child: 1: it works there, 0: not, or no child could be made, -1: it kills. */
int kernel_try(bool (*works)(void));

/*
 * A process that ignores SIGCHLD, by inheritance for instance, never learns how
 * its children ended: this puts the default back.
 */
void kernel_keep_children(void);

#endif
