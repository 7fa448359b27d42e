/* SPDX-License-Identifier: MIT */
/* One line: `KEY: …`, `enable`, or `targets: expr -> action, else action`. */
#include "loader/rules/read.h"
#include "loader/expr/lex.h"

#include <string.h>

#define SHOWN_MAX 64

static int shown(const struct span *span)
{
	return (int)(span->len < SHOWN_MAX ? span->len : SHOWN_MAX);
}

static bool is(const struct span *span, const char *word)
{
	return span->len == strlen(word) && !memcmp(span_bytes(span), word, span->len);
}

/* The part of a span before and the part behind an offset in the text. */
static struct span before(const struct span *span, size_t off)
{
	return span_trim(span_of(span->text, span->off, off - span->off));
}

static struct span behind(const struct span *span, size_t off)
{
	/* An empty one stays where something is missing. */
	struct span rest = span_of(span->text, off, span->off + span->len - off);
	struct span trimmed = span_trim(rest);

	return trimmed.len ? trimmed : span_of(span->text, off, 0);
}

/* The first token of a kind of operator; false: there is none. */
static bool find_op(const struct span *span, unsigned op, struct token *ret_token)
{
	size_t end = span->off + span->len;

	for (size_t off = span->off; off < end;) {
		struct token token = token_at(span->text, off, end);
		if (token.kind == TOKEN_END)
			return false;
		if (token.kind == TOKEN_OP && token.op == op) {
			*ret_token = token;
			return true;
		}
		off = token.off + token.len;
	}
	return false;
}

/* An action that a filter may return and the kernel takes as it is. */
static int read_action(const struct span *at, struct diags *diags, struct expr_action *ret_action)
{
	struct expr_action action;
	char text[64];

	if (!at->len) {
		diag_error(diags, at, "an action is missing here");
		diag_hint(diags,
			  "actions are ALLOW, LOG, ERRNO(EPERM), TRAP, TRACE(1), USER_NOTIF, KILL_THREAD and "
			  "KILL_PROCESS");
		return -1;
	}
	if (expr_action(at, diags, &action) < 0)
		return -1;
	if (!action.has_data && !action.raw && action.ret == SECCOMP_RET_ERRNO) {
		diag_error(diags, at, "ERRNO needs the error");
		diag_hint(diags, "write ERRNO(EPERM); ERRNO(0) lets the call return 0 without running it");
		return -1;
	}
	if (vd_effective(action.ret) != action.ret) {
		vd_action_format(vd_effective(action.ret), text, sizeof(text));
		diag_error(diags, at, "the kernel would take '%.*s' as %s", shown(at), span_bytes(at), text);
		diag_hint(diags, "write %s", text);
		return -1;
	}
	*ret_action = action;
	return 0;
}

static int read_else(const struct span *rest, struct diags *diags, struct stmt *stmt)
{
	struct token token = token_at(rest->text, rest->off, rest->off + rest->len);
	struct span word = span_of(rest->text, token.off, token.len);

	if (!is(&word, "else")) {
		diag_error(diags, &word, "'else' and an action are meant here");
		diag_hint(diags, "write '-> ALLOW, else ERRNO(EPERM)'");
		return -1;
	}
	stmt->else_at = behind(rest, token.off + token.len);
	return read_action(&stmt->else_at, diags, &stmt->other);
}

static int read_actions(const struct span *rest, struct diags *diags, struct stmt *stmt)
{
	struct token comma;
	int r = 0;

	if (!find_op(rest, ',', &comma)) {
		stmt->action_at = *rest;
		return read_action(&stmt->action_at, diags, &stmt->action);
	}
	stmt->action_at = before(rest, comma.off);
	struct span other = behind(rest, comma.off + 1);
	if (read_action(&stmt->action_at, diags, &stmt->action) < 0)
		r = -1;
	if (read_else(&other, diags, stmt) < 0)
		r = -1;
	return r;
}

static int read_rule(struct diags *diags, struct stmt *stmt)
{
	const struct span *body = &stmt->body;
	struct token arrow;
	int r = 0;

	stmt->expr_at = *body;
	if (find_op(body, TOKEN2('-', '>'), &arrow)) {
		struct span rest = behind(body, arrow.off + 2);
		stmt->expr_at = before(body, arrow.off);
		r = read_actions(&rest, diags, stmt);
	}
	if (!stmt->expr_at.len) {
		diag_error(diags, &stmt->expr_at, "a condition is missing here");
		diag_hint(diags, "write 1 for a call that is allowed whatever its arguments are");
		return -1;
	}
	if (expr_parse(&stmt->expr_at, 0, diags, &stmt->expr, NULL) < 0)
		return -1;
	return r;
}

static int no_colon(const struct span *line, struct diags *diags)
{
	struct token token = token_at(line->text, line->off, line->off + line->len);
	struct span where = span_of(line->text, line->off + line->len, 0);

	diag_error(diags, &where, "':' is missing");
	if (token.kind == TOKEN_NAME || token.kind == TOKEN_INT)
		diag_hint(diags, "write '%.*s: 1' for a call that is allowed whatever its arguments are",
			  (int)token.len, line->text->data + token.off);
	else
		diag_hint(diags, "a line is 'NAME: CONDITION', 'arch: …', 'default: …' or 'enable'");
	return -1;
}

int stmt_read(const struct span *line, struct diags *diags, struct stmt *ret_stmt)
{
	struct span rest = span_trim(*line);
	struct stmt stmt = { 0 };
	struct token colon;
	int r = 0;

	if (!rest.len)
		return 0;
	if (is(&rest, "enable")) {
		stmt = (struct stmt){ .kind = STMT_ENABLE, .word = rest };
	} else if (!find_op(&rest, ':', &colon)) {
		return no_colon(&rest, diags);
	} else {
		stmt.word = before(&rest, colon.off);
		stmt.body = behind(&rest, colon.off + 1);
		stmt.kind = is(&stmt.word, "arch")	? STMT_ARCH
			    : is(&stmt.word, "default") ? STMT_DEFAULT
							: STMT_RULE;
		if (stmt.kind == STMT_DEFAULT)
			r = read_action(&stmt.body, diags, &stmt.action);
		else if (stmt.kind == STMT_RULE)
			r = read_rule(diags, &stmt);
	}
	if (r < 0) {
		stmt_done(&stmt);
		return -1;
	}
	*ret_stmt = stmt;
	return 1;
}

void stmt_done(struct stmt *stmt)
{
	expr_done(&stmt->expr);
}
