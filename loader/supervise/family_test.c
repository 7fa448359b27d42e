/* SPDX-License-Identifier: MIT */
/* How a descriptor comes from a target to its supervisor, and what becomes of a target that nobody
 * supervises.
 */
#include "loader/supervise/family.h"
#include "vm/testing.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct life {
	int gate[2]; /* the target goes on when a byte comes */
	int given;   /* what it hands over */
};

static int hand_over(void *userdata, struct courier *courier)
{
	const struct life *life = userdata;
	char byte;

	if (read(life->gate[0], &byte, 1) != 1)
		return 1;
	courier_hand(courier, life->given);
	return fcntl(life->given, F_GETFD) < 0 && errno == EBADF ? 0 : 2;
}

static struct family start(struct life *life)
{
	struct family family;

	ck_assert_int_eq(pipe(life->gate), 0);
	life->given = dup(life->gate[0]);
	ck_assert_int_eq(family_start(hand_over, life, NULL, &family), 0);
	return family;
}

static void open_gate(const struct life *life)
{
	ck_assert_int_eq(write(life->gate[1], "", 1), 1);
}

static int status_of(const struct family *family)
{
	int status;

	ck_assert_int_eq(waitpid(family->target, &status, 0), family->target);
	return status;
}

START_TEST(handed_over)
{
	struct life life;
	struct family family = start(&life);
	char byte = 0;

	ck_assert_int_eq(family_take(&family, 0), -ETIMEDOUT);
	open_gate(&life);
	int fd = family_take(&family, -1);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(status_of(&family), 0);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(write(life.gate[1], "x", 1), 1);
	ck_assert_int_eq(read(fd, &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	close(fd);
	family_done(&family);
}
END_TEST

/* As when the supervisor is killed after the courier has looked whether it is there: the target waits for
 * nobody. */
START_TEST(nobody_takes)
{
	struct life life;
	struct family family = start(&life);

	close(family.socket);
	family.socket = -1;
	open_gate(&life);
	int status = status_of(&family);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	family_done(&family);
}
END_TEST

START_TEST(courier_killed)
{
	struct life life;
	struct family family = start(&life);

	ck_assert(family_has_courier(&family));
	kill(family.courier, SIGKILL);
	while (family_has_courier(&family))
		usleep(100);
	kill(family.target, SIGKILL);
	ck_assert(WIFSIGNALED(status_of(&family)));
	family_done(&family);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, handed_over);
	tcase_add_test(tc, nobody_takes);
	tcase_add_test(tc, courier_killed);
}

int main(void)
{
	return run_suite("family", add);
}
