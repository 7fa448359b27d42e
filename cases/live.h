/* SPDX-License-Identifier: MIT */
/*
 * The running kernel as the judge of what was decided: the records of a case are
 * judged by machine and kernel. That they differ is no failure of the case: one
 * of the two is wrong, and it is not the kernel.
 */
#ifndef CASES_LIVE_H
#define CASES_LIVE_H

#include "cases/file.h"

/* Records of one case that are asked for values, and of these as a task experiences them. */
#define LIVE_RECORDS_MAX (1u << 16)
#define LIVE_BEHAVIOUR_MAX (1u << 11)

struct live_answer {
	size_t asked;	/* records that the kernel judged; of an install 1 */
	size_t unasked; /* records that this kernel cannot be asked */
	/* Of those asked: a task experiences the same of other verdicts (LOG as ALLOW, USER_NOTIF as
	 * ERRNO(ENOSYS)), and no more than that could be asked. */
	size_t blurred;
	const char *why; /* why nothing was asked, NULL: asked, or no record was askable. Static storage. */
	bool disagrees;
	struct seccomp_data record;	/* when it disagrees */
	char machine[128], kernel[128]; /* what each says, for people */
};

struct live;

/* NULL and *ret_why (static storage): the kernel cannot be asked at all. */
struct live *live_new(const char **ret_why);
void live_free(struct live *live); /* NULL is fine */

/* What of the oracles needs a privilege that is not there; NULL: nothing. Static storage. */
const char *live_missing(const struct live *live);

/* Judges a case; refusal is what the machine said to an install. One thread only. */
void live_judge(struct live *live, const struct test_case *test, const struct vd_error *refusal,
		struct live_answer *ret_answer);

#endif
