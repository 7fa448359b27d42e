/* SPDX-License-Identifier: MIT */
/* One notification: decoded, answered by rule, printed. */
#include "loader/call.h"
#include "loader/supervise/decode.h"
#include "loader/supervise/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_TEXT 128

static void errno_text(int error, char *buf, size_t size)
{
	const char *name = vd_errno_name((unsigned)error);

	if (name)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%d", error);
}

/* Opens a file for the target. What was done is said in buf. */
static int give_file(struct notif *notif, const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = errno, r;

	if (fd < 0) {
		errno_text(error, buf, size);
		snprintf(buf + strlen(buf), size - strlen(buf), " (%.60s)", path);
		return notif_reply(notif, 0, error);
	}
	r = notif_add_fd(notif, fd, -1, true);
	close(fd);
	if (r >= 0)
		snprintf(buf, size, "fd %d (%.60s)", r, path);
	return r < 0 ? r : 0;
}

static int answer(struct notif *notif, const struct answer_rule *rule, char *buf, size_t size)
{
	switch (rule->kind) {
	case ANSWER_CONTINUE:
		snprintf(buf, size, "continue");
		return notif_continue(notif);
	case ANSWER_ERRNO:
		errno_text((int)rule->value, buf, size);
		return notif_reply(notif, 0, (int)rule->value);
	case ANSWER_VALUE:
		snprintf(buf, size, "%" PRId64, rule->value);
		return notif_reply(notif, rule->value, 0);
	case ANSWER_FD:
		return give_file(notif, rule->path, buf, size);
	}
	return -EINVAL;
}

static void print_json(const struct supervision *supervision, const struct seccomp_notif *request,
		       const struct decoded *decoded, const char *said, int r)
{
	struct json json;

	json_init(&json, supervision->out, true);
	json_object(&json);
	json_key(&json, "id");
	json_hex(&json, request->id);
	json_key(&json, "pid");
	json_number(&json, request->pid);
	json_key(&json, "record");
	call_json(&json, &request->data);
	json_key(&json, "strings");
	json_array(&json);
	for (int i = 0; i < 6; i++)
		json_string(&json, decoded->strings[i]);
	json_end(&json, ']');
	json_key(&json, "answer");
	json_string(&json, r == 0 ? said : NULL);
	if (r < 0) {
		json_key(&json, "error");
		json_string(&json, strerror(-r));
	}
	json_end(&json, '}');
	json_finish(&json);
}

void supervise_one(struct supervision *supervision, struct notif *notif)
{
	const struct answer_rule *rule = answer_for(&supervision->rules, &notif->request->data);
	char said[ANSWER_TEXT] = "";
	struct decoded decoded;
	int r = notif_decode(notif, &decoded);

	if (r == 0)
		r = answer(notif, rule ? rule : &supervision->otherwise, said, sizeof(said));
	supervision->notifications++;
	supervision->gone += r == -ENOENT;
	if (supervision->as_json)
		print_json(supervision, notif->request, &decoded, said, r);
	else if (r == 0)
		fprintf(supervision->out, "[%u] %s = %s\n", notif->request->pid, decoded.text, said);
	else
		fprintf(supervision->out, "[%u] %s: %s\n", notif->request->pid, decoded.text,
			r == -ENOENT ? "waits no more: interrupted, or dead" : strerror(-r));
	fflush(supervision->out);
	decoded_done(&decoded);
}
