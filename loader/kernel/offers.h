/* SPDX-License-Identifier: MIT */
/* What the running kernel offers, found by asking it; nothing is installed in this process. */
#ifndef LOADER_KERNEL_OFFERS_H
#define LOADER_KERNEL_OFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum offer { OFFER_NO, OFFER_YES, OFFER_UNKNOWN };

/* A name of a fixed list, and whether the kernel has it. */
struct offered {
	const char *name;
	bool here;
};

#define OFFER_ACTIONS 8
#define OFFER_FLAGS 6
#define OFFER_LINE 256

struct offers {
	char release[65], machine[65];
	const char *error; /* of seccomp(2): "EPERM", or "SIGSYS" where it kills; NULL: it can be used */
	bool filtered;	   /* this process has filters already */
	bool i386, x32;	   /* entries; x86_64 is this program's own */
	struct offered actions[OFFER_ACTIONS];
	char logged[OFFER_LINE]; /* kernel.seccomp.actions_logged as it is; empty: cannot be read */
	struct offered flags[OFFER_FLAGS];
	uint16_t notif, resp, data;   /* notification sizes in bytes, 0: no notifications */
	enum offer jit, hardened;     /* net.core.bpf_jit_enable; constants are blinded in our programs */
	enum offer bitmap;	      /* calls that every filter allows are answered without running them */
	double allowed_ns, judged_ns; /* what bitmap was judged by: a call under filters, answered and not */
	size_t stacked;		      /* how many filters */
};

void kernel_offers(struct offers *ret_offers);

/* Something that verdict can do here, or what it would need. */
struct ability {
	const char *name; /* "test --live: values" */
	bool here;
	const char *why; /* what is limited or missing, NULL: nothing. Static storage. */
};
#define ABILITIES 11
void kernel_abilities(const struct offers *offers, struct ability ret_abilities[ABILITIES]);

#endif
