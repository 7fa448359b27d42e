/* SPDX-License-Identifier: MIT */
#include "loader/show/multiplex.h"

#include "vm/verdict.h"

#include <string.h>

enum { SOCKETCALL, IPC };
static const char *const multiplexers[] = { "socketcall", "ipc" };

/* ipc/syscall.c: the upper half of ipc's first argument is a version. */
#define IPC_VERSION 0x10000u

/* linux/net.h: SYS_*; linux/ipc.h: SEMOP ... */
static const struct {
	const char *name;
	uint8_t through;
	uint8_t call;
} calls[] = {
	{ "socket", SOCKETCALL, 1 },
	{ "bind", SOCKETCALL, 2 },
	{ "connect", SOCKETCALL, 3 },
	{ "listen", SOCKETCALL, 4 },
	{ "accept", SOCKETCALL, 5 },
	{ "getsockname", SOCKETCALL, 6 },
	{ "getpeername", SOCKETCALL, 7 },
	{ "socketpair", SOCKETCALL, 8 },
	{ "send", SOCKETCALL, 9 },
	{ "recv", SOCKETCALL, 10 },
	{ "sendto", SOCKETCALL, 11 },
	{ "recvfrom", SOCKETCALL, 12 },
	{ "shutdown", SOCKETCALL, 13 },
	{ "setsockopt", SOCKETCALL, 14 },
	{ "getsockopt", SOCKETCALL, 15 },
	{ "sendmsg", SOCKETCALL, 16 },
	{ "recvmsg", SOCKETCALL, 17 },
	{ "accept4", SOCKETCALL, 18 },
	{ "recvmmsg", SOCKETCALL, 19 },
	{ "sendmmsg", SOCKETCALL, 20 },
	{ "semop", IPC, 1 },
	{ "semget", IPC, 2 },
	{ "semctl", IPC, 3 },
	{ "semtimedop", IPC, 4 },
	{ "msgsnd", IPC, 11 },
	{ "msgrcv", IPC, 12 },
	{ "msgget", IPC, 13 },
	{ "msgctl", IPC, 14 },
	{ "shmat", IPC, 21 },
	{ "shmdt", IPC, 22 },
	{ "shmget", IPC, 23 },
	{ "shmctl", IPC, 24 },
};
#define CALLS (sizeof(calls) / sizeof(*calls))

bool multiplex_call(int abi, const char *call, struct multiplexer *ret_multiplexer)
{
	for (size_t i = 0; i < CALLS; i++) {
		const char *name = multiplexers[calls[i].through];
		uint32_t nr;

		if (strcmp(calls[i].name, call) || vd_syscall_number(abi, name, strlen(name), &nr) < 0)
			continue;
		*ret_multiplexer = (struct multiplexer){
			.name = name,
			.nr = nr,
			.call = calls[i].call,
			.version = calls[i].through == IPC ? IPC_VERSION : 0,
		};
		return true;
	}
	return false;
}

size_t multiplex_calls(const char *name, uint64_t *ret_calls, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < CALLS && n < max; i++)
		if (!strcmp(multiplexers[calls[i].through], name))
			ret_calls[n++] = calls[i].call;
	return n;
}
