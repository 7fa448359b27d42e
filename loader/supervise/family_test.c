/* SPDX-License-Identifier: MIT */
/* How a descriptor comes from a target to its supervisor, and what becomes of a target that nobody
 * supervises.
 */
#include "loader/ptrace/status.h"
#include "loader/supervise/family.h"
#include "vm/testing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
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

/* ---------------------------------------------- a supervisor that is a process -- */

/* What it leaves comes to this process. */
static pid_t fork_supervisor(void)
{
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	return pid;
}

static void go_on(pid_t tid)
{
	ptrace(PTRACE_CONT, tid, NULL, NULL);
}

static pid_t newborn(pid_t maker)
{
	unsigned long tid;

	ck_assert_int_eq(ptrace(PTRACE_GETEVENTMSG, maker, NULL, &tid), 0);
	return (pid_t)tid;
}

static int begin(void *userdata, struct courier *courier)
{
	return 7;
}

static void start_traced(int gate)
{
	struct family family;
	char byte;

	if (read(gate, &byte, 1) != 1)
		_exit(2);
	_exit(family_start(begin, NULL, NULL, &family) == -ECHILD ? 0 : 1);
}

/* The courier has made the target and is killed before it can tell anybody. */
START_TEST(courier_killed_at_birth)
{
	int gate[2], status;
	pid_t courier = 0, target = 0, tid;

	ck_assert_int_eq(pipe(gate), 0);
	pid_t supervisor = fork_supervisor();
	if (supervisor == 0)
		start_traced(gate[0]);
	if (ptrace(PTRACE_SEIZE, supervisor, NULL, (void *)PTRACE_O_TRACEFORK) < 0) {
		puts("SKIP: family: a process cannot be traced here");
		kill(supervisor, SIGKILL);
		return;
	}
	ck_assert_int_eq(write(gate[1], "", 1), 1);
	while ((tid = waitpid(-1, &status, __WALL)) > 0) {
		bool makes = WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_FORK;
		if (makes && tid == supervisor)
			courier = newborn(tid);
		else if (makes && tid == courier)
			target = newborn(tid);
		if (makes && tid == courier)
			kill(courier, SIGKILL);
		else if (WIFSTOPPED(status))
			go_on(tid);
		else if (tid == supervisor)
			ck_assert_int_eq(status, 0);
		else if (tid == target)
			ck_assert_int_ne(WEXITSTATUS(status), 7);
	}
	ck_assert_int_gt(target, 0);
}
END_TEST

static int end_at_once(void *userdata, struct courier *courier)
{
	return 0;
}

/* Leaves a courier that is stopped, and a target's id that nobody has any more. */
static void leave_stopped(int told)
{
	struct family family;

	if (family_start(end_at_once, NULL, NULL, &family) < 0 ||
	    waitpid(family.target, NULL, 0) != family.target)
		_exit(1);
	kill(family.courier, SIGSTOP);
	if (waitpid(family.courier, NULL, WUNTRACED) != family.courier ||
	    write(told, &family, sizeof(family)) != sizeof(family))
		_exit(1);
	_exit(0);
}

/* A child with this id; 0: it cannot be had. */
static pid_t fork_as(pid_t id)
{
	struct clone_args args = { .exit_signal = SIGCHLD,
				   .set_tid = (uint64_t)(uintptr_t)&id,
				   .set_tid_size = 1 };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	while (pid == 0)
		pause();
	return pid > 0 ? (pid_t)pid : 0;
}

/* The target has ended, and another process has its id when the courier sees that the supervisor is gone. */
START_TEST(id_of_another)
{
	int told[2], status;
	struct family family;

	ck_assert_int_eq(pipe(told), 0);
	pid_t supervisor = fork_supervisor();
	if (supervisor == 0)
		leave_stopped(told[1]);
	ck_assert_int_eq(read(told[0], &family, sizeof(family)), sizeof(family));
	ck_assert_int_eq(waitpid(supervisor, &status, 0), supervisor);
	pid_t other = fork_as(family.target);
	kill(family.courier, SIGCONT);
	ck_assert_int_eq(waitpid(family.courier, &status, 0), family.courier);
	if (!other) {
		puts("SKIP: family: no process can be given an id here");
		return;
	}
	kill(other, SIGUSR1);
	ck_assert_int_eq(waitpid(other, &status, 0), other);
	ck_assert_int_eq(WTERMSIG(status), SIGUSR1);
}
END_TEST

struct orphanage {
	atomic_int target;
	atomic_bool cleared, at_work;
};

static int outlive(void *userdata, struct courier *courier)
{
	struct orphanage *orphanage = userdata;

	prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	atomic_store(&orphanage->target, getpid());
	while (getpid())
		;
	return 0;
}

static void clear_up(void *userdata)
{
	struct orphanage *orphanage = userdata;
	struct task_status status;

	/* X: the test is about to reap it */
	if (task_status(atomic_load(&orphanage->target), &status) == 0 && status.state != 'Z' &&
	    status.state != 'X')
		atomic_store(&orphanage->at_work, true);
	atomic_store(&orphanage->cleared, true);
}

/* On one CPU: what is killed goes on for as long as its killer does. */
static void leave_at_work(struct orphanage *orphanage)
{
	struct family family;
	cpu_set_t all, one;
	int cpu = 0;

	CPU_ZERO(&one);
	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		_exit(1);
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0 ||
	    family_start(outlive, orphanage, clear_up, &family) < 0)
		_exit(1);
	while (!atomic_load(&orphanage->target))
		usleep(100);
	_exit(0);
}

/* Nothing that the target does comes behind the clearing up. */
START_TEST(cleared_behind_the_target)
{
	struct orphanage *orphanage = mmap(NULL, sizeof(*orphanage), PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	ck_assert_ptr_ne(orphanage, MAP_FAILED);
	pid_t supervisor = fork_supervisor();
	if (supervisor == 0)
		leave_at_work(orphanage);
	ck_assert_int_eq(waitpid(supervisor, &status, 0), supervisor);
	ck_assert_int_eq(status, 0);
	while (waitpid(-1, NULL, 0) > 0)
		;
	ck_assert(atomic_load(&orphanage->cleared));
	ck_assert(!atomic_load(&orphanage->at_work));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, handed_over);
	tcase_add_test(tc, nobody_takes);
	tcase_add_test(tc, courier_killed);
	tcase_add_test(tc, courier_killed_at_birth);
	tcase_add_test(tc, id_of_another);
	tcase_add_test(tc, cleared_behind_the_target);
}

int main(void)
{
	return run_suite("family", add);
}
