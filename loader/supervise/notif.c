/* SPDX-License-Identifier: MIT */
#include "loader/supervise/notif.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers this may be built with. */
#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif

bool notif_possible(const struct sock_filter *insns, size_t len, bool certainly)
{
	for (size_t pc = 0; pc < len; pc++)
		if (certainly ? insns[pc].code == (BPF_RET | BPF_K) &&
					(insns[pc].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF
			      : insns[pc].code == (BPF_RET | BPF_A))
			return true;
	return false;
}

int notif_init(struct notif *notif, int listener)
{
	*notif = (struct notif){ .listener = listener };
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &notif->sizes) < 0) {
		int r = -errno;
		notif_done(notif);
		return r;
	}
	/* a newer kernel's are larger, an older one's must not make ours too small */
	size_t request = notif->sizes.seccomp_notif, response = notif->sizes.seccomp_notif_resp;
	if (request < sizeof(*notif->request))
		request = sizeof(*notif->request);
	if (response < sizeof(*notif->response))
		response = sizeof(*notif->response);
	notif->request = calloc(1, request);
	notif->response = calloc(1, response);
	if (notif->request && notif->response)
		return 0;
	notif_done(notif);
	return -ENOMEM;
}

void notif_done(struct notif *notif)
{
	if (notif->listener >= 0)
		close(notif->listener);
	free(notif->request);
	free(notif->response);
	*notif = (struct notif){ .listener = -1 };
}

int notif_receive(struct notif *notif, int limit_ms)
{
	struct pollfd poll_fd = { .fd = notif->listener, .events = POLLIN };
	int n = poll(&poll_fd, 1, limit_ms);

	if (n <= 0)
		return n < 0 ? -errno : -ETIMEDOUT;
	if (!(poll_fd.revents & POLLIN))
		return -EPIPE;
	/* the kernel refuses a buffer that is not zero */
	memset(notif->request, 0, notif->sizes.seccomp_notif);
	return ioctl(notif->listener, SECCOMP_IOCTL_NOTIF_RECV, notif->request) < 0 ? -errno : 0;
}

bool notif_valid(const struct notif *notif, uint64_t id)
{
	return ioctl(notif->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static int send_response(struct notif *notif, int64_t value, int error, uint32_t flags)
{
	memset(notif->response, 0, notif->sizes.seccomp_notif_resp);
	notif->response->id = notif->request->id;
	notif->response->val = value;
	notif->response->error = -error;
	notif->response->flags = flags;
	return ioctl(notif->listener, SECCOMP_IOCTL_NOTIF_SEND, notif->response) < 0 ? -errno : 0;
}

int notif_reply(struct notif *notif, int64_t value, int error)
{
	return send_response(notif, value, error, 0);
}

int notif_continue(struct notif *notif)
{
	return send_response(notif, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

int notif_add_fd(const struct notif *notif, int fd, int at, bool send)
{
	struct seccomp_notif_addfd add = {
		.id = notif->request->id,
		.flags = (at >= 0 ? SECCOMP_ADDFD_FLAG_SETFD : 0) | (send ? SECCOMP_ADDFD_FLAG_SEND : 0),
		.srcfd = (uint32_t)fd,
		.newfd = at >= 0 ? (uint32_t)at : 0,
	};
	int r = ioctl(notif->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);

	return r < 0 ? -errno : r;
}

ssize_t notif_read(const struct notif *notif, uint64_t address, void *buf, size_t len)
{
	char path[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/mem", notif->request->pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ENOENT : -errno;
	/* the id is good: the task that it belongs to lives, so the file is its memory and no other's */
	if (!notif_valid(notif, notif->request->id)) {
		close(fd);
		return -ENOENT;
	}
	n = pread(fd, buf, len, (off_t)address);
	if (n < 0)
		n = -errno;
	close(fd);
	return notif_valid(notif, notif->request->id) ? n : -ENOENT;
}

ssize_t notif_read_string(const struct notif *notif, uint64_t address, char *buf, size_t size)
{
	size_t have = 0;

	while (have < size) {
		/* never across a page's end: the next one may not be there */
		size_t part = 4096 - (address + have) % 4096;
		ssize_t n = notif_read(notif, address + have, buf + have,
				       part < size - have ? part : size - have);
		if (n <= 0)
			return n ? n : -EFAULT;
		const char *end = memchr(buf + have, '\0', (size_t)n);
		if (end)
			return end - buf;
		have += (size_t)n;
	}
	return -ENAMETOOLONG;
}
