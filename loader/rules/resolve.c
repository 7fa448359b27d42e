/* SPDX-License-Identifier: MIT */
/* Lines to filters: `arch` and `default`, then every line for each of its calls. */
#include "loader/rules/read.h"

#include <stdlib.h>
#include <string.h>

struct reader {
	struct rules *rules;
	struct diags *diags;
	struct stmt *stmts;
	size_t n, cap;
	struct span arch_at, default_at; /* text NULL: not written */
	uint32_t deny;
	bool failed;
};

static bool is_allow(uint32_t ret)
{
	return (ret & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ALLOW;
}

static bool lets_run(uint32_t ret)
{
	return is_allow(ret) || (ret & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_LOG;
}

/* ------------------------------------------------------------------ */
/* Reading all lines                                                  */

static struct span line_at(const struct text *text, size_t off)
{
	const char *end = memchr(text->data + off, '\n', text->len - off);

	return span_of(text, off, (end ? (size_t)(end - text->data) : text->len) - off);
}

static void read_lines(struct reader *reader)
{
	const struct text *text = &reader->rules->text;

	for (size_t off = 0; off < text->len;) {
		struct span line = line_at(text, off);
		const char *comment = memchr(text->data + off, '#', line.len);
		struct stmt stmt;
		off += line.len + 1;
		if (comment)
			line.len = (size_t)(comment - text->data) - line.off;
		int r = stmt_read(&line, reader->diags, &stmt);
		if (r < 0)
			reader->failed = true;
		if (r <= 0)
			continue;
		reader->stmts = arena_grow(&reader->rules->arena, reader->stmts, reader->n, &reader->cap,
					   sizeof(stmt));
		reader->stmts[reader->n++] = stmt;
	}
}

/* ------------------------------------------------------------------ */
/* arch and default                                                   */

static int once(struct reader *reader, const struct stmt *stmt, struct span *at, bool enabled)
{
	const char *what = stmt->kind == STMT_ARCH ? "arch" : "default";

	if (enabled) {
		diag_error(reader->diags, &stmt->word, "'%s' stands before the first 'enable'", what);
		diag_hint(reader->diags,
			  stmt->kind == STMT_ARCH
				  ? "the filters after it are about the same ABIs"
				  : "the filters after it allow what no line of theirs speaks of");
		return -1;
	}
	if (at->text) {
		diag_error(reader->diags, &stmt->word, "'%s' is already on line %u", what,
			   span_place(at).line);
		return -1;
	}
	*at = stmt->word;
	return 0;
}

static int add_abi(struct reader *reader, const struct span *name)
{
	struct rules *rules = reader->rules;
	uint32_t arch;
	int abi;

	if (expr_arch(name, reader->diags, &abi, &arch) < 0)
		return -1;
	if (abi == VD_ABI_NONE) {
		diag_error(reader->diags, name, "an ABI's name is meant here, not a number");
		return -1;
	}
	if (rules_about(rules, abi)) {
		diag_error(reader->diags, name, "'%.*s' is there already", (int)name->len, span_bytes(name));
		return -1;
	}
	rules->abis[rules->n_abis++] = abi;
	return 0;
}

static void read_arch(struct reader *reader, const struct stmt *stmt)
{
	struct span rest = stmt->body;

	for (;;) {
		const char *comma = memchr(span_bytes(&rest), ',', rest.len);
		size_t len = comma ? (size_t)(comma - span_bytes(&rest)) : rest.len;
		struct span name = span_trim(span_of(rest.text, rest.off, len));
		if (!name.len) {
			diag_error(reader->diags, &name, "the name of an ABI is missing here");
			reader->failed = true;
		} else if (add_abi(reader, &name) < 0) {
			reader->failed = true;
		}
		if (!comma)
			break;
		rest = span_of(rest.text, rest.off + len + 1, rest.len - len - 1);
	}
}

/* Both hold for the whole file, wherever they stand before the first `enable`. */
static void read_settings(struct reader *reader)
{
	bool enabled = false;

	reader->deny = SECCOMP_RET_KILL_PROCESS;
	for (size_t i = 0; i < reader->n; i++) {
		const struct stmt *stmt = &reader->stmts[i];
		bool arch = stmt->kind == STMT_ARCH;
		enabled = enabled || stmt->kind == STMT_ENABLE;
		if (!arch && stmt->kind != STMT_DEFAULT)
			continue;
		if (once(reader, stmt, arch ? &reader->arch_at : &reader->default_at, enabled) < 0)
			reader->failed = true;
		else if (arch)
			read_arch(reader, stmt);
		else
			reader->deny = stmt->action.ret;
	}
	if (!reader->arch_at.text)
		reader->rules->abis[reader->rules->n_abis++] = VD_ABI_X86_64;
}

/* ------------------------------------------------------------------ */
/* What a line gives                                                  */

static int literal_of(const struct expr *expr)
{
	const struct expr_node *node = &expr->nodes[expr->n - 1];

	return node->op == EXPR_INT && node->value <= 1 ? (int)node->value : -1;
}

static int needs_else(struct reader *reader, const struct rules_line *line)
{
	uint32_t action;

	/* no condition at all: that is what binding says */
	if (vd_action_by_name(span_bytes(&line->expr), line->expr.len, &action) == 0)
		return -1;
	if (line->literal == 0) {
		diag_error(reader->diags, &line->expr, "the default is ALLOW: what shall '0' give?");
		diag_hint(reader->diags, "write '1 -> ERRNO(EPERM)'");
	} else {
		diag_error(reader->diags, &line->expr,
			   "the default is ALLOW: what shall the call get where this does not hold?");
		diag_hint(reader->diags, "write 'CONDITION -> ALLOW, else ERRNO(EPERM)'");
	}
	return -1;
}

static struct rules_filter *filter_of(struct reader *reader)
{
	return &reader->rules->filters[reader->rules->n_filters - 1];
}

/* What the call gets where the condition holds and where it does not. */
static int settle(struct reader *reader, const struct stmt *stmt, struct rules_line *line)
{
	bool written = stmt->action_at.text, other = stmt->else_at.text;

	line->if_true = written ? stmt->action.ret : SECCOMP_RET_ALLOW;
	line->on_false = other || line->literal == 0 || lets_run(line->if_true) ? RULES_ELSE : RULES_NOTHING;
	line->if_false = other				? stmt->other.ret
			 : targets_others(&stmt->word) ? filter_of(reader)->others
						       : reader->deny;
	/* `0 -> ACTION` is blocked with that action. */
	if (line->literal == 0 && !other && written && !lets_run(line->if_true))
		line->if_false = line->if_true;
	if (line->literal == 1)
		line->on_false = RULES_NOTHING;
	if (line->on_false == RULES_ELSE && !other && is_allow(line->if_false))
		return needs_else(reader, line);
	return 0;
}

/* Errnos that only x86's value is known of. */
static int check_varies(struct reader *reader, const struct expr_action *action, const struct span *at)
{
	for (size_t i = 0; action->varies && i < reader->rules->n_abis; i++) {
		int abi = reader->rules->abis[i];
		if (abi == VD_ABI_X86_64 || abi == VD_ABI_I386 || abi == VD_ABI_X32)
			continue;
		diag_error(reader->diags, at,
			   "the value of '%.*s' on %s is not known: it differs between architectures",
			   (int)at->len, span_bytes(at), vd_abi_info(abi)->name);
		diag_hint(reader->diags, "write the number");
		return -1;
	}
	return 0;
}

static int add_line(struct reader *reader, const struct stmt *stmt)
{
	struct rules *rules = reader->rules;
	struct rules_line line = { .at = stmt->body,
				   .expr = stmt->expr_at,
				   .literal = literal_of(&stmt->expr) };
	int r = settle(reader, stmt, &line);

	if (stmt->action_at.text && check_varies(reader, &stmt->action, &stmt->action_at) < 0)
		r = -1;
	if (stmt->else_at.text && check_varies(reader, &stmt->other, &stmt->else_at) < 0)
		r = -1;
	rules->lines = arena_grow(&rules->arena, rules->lines, rules->n_lines, &rules->lines_cap,
				  sizeof(line));
	rules->lines[rules->n_lines++] = line;
	return r;
}

/* ------------------------------------------------------------------ */
/* Entries                                                            */

static void new_filter(struct reader *reader, uint32_t by_default, uint32_t others)
{
	struct rules *rules = reader->rules;
	struct rules_filter filter = { .by_default = by_default, .others = others };

	rules->filters = arena_grow(&rules->arena, rules->filters, rules->n_filters, &rules->filters_cap,
				    sizeof(filter));
	rules->filters[rules->n_filters++] = filter;
}

/* One line for calls of one ABI; without a call only numbered arguments are known. -1: diagnosed. */
static int add_entry(struct reader *reader, const struct stmt *stmt, struct rules_entry entry, bool call)
{
	struct pred_subject subject = { .abi = entry.abi, .has_nr = call, .nr = entry.nr };
	struct arena *arena = &reader->rules->arena;
	struct rules_filter *filter = filter_of(reader);
	struct pred pred;

	if (pred_bind(&stmt->expr, &subject, reader->diags, &pred) < 0)
		return -1;
	entry.line = reader->rules->n_lines - 1;
	entry.pred = (struct pred){ arena_copy(arena, pred.nodes, pred.n * sizeof(*pred.nodes)), pred.n };
	pred_done(&pred);
	filter->entries = arena_grow(arena, filter->entries, filter->n, &filter->cap, sizeof(entry));
	filter->entries[filter->n++] = entry;
	return 0;
}

static int add_call(struct reader *reader, const struct stmt *stmt, const struct target *target, int abi)
{
	struct rules_entry entry = { .abi = abi };
	struct span name;
	int r = target_resolve(target, abi, reader->diags, &entry.nr, &name);

	if (r <= 0)
		return r;
	entry.last = entry.nr;
	if (name.len)
		entry.name = arena_text(&reader->rules->arena, span_bytes(&name), name.len);
	return add_entry(reader, stmt, entry, true);
}

static int add_numbers(struct reader *reader, const struct stmt *stmt, const struct target *target, int abi)
{
	uint32_t first[2], last[2];
	int n = target_range(target, abi, reader->diags, first, last), r = n < 0 ? -1 : 0;

	for (int i = 0; i < n && r == 0; i++)
		r = add_entry(reader, stmt,
			      (struct rules_entry){ .abi = abi, .nr = first[i], .last = last[i] }, false);
	return r;
}

static int number_needs_abi(struct reader *reader, const struct target *target)
{
	diag_error(reader->diags, &target->at, "'%.*s' is a number, and the file is about %zu ABIs",
		   (int)target->at.len, span_bytes(&target->at), reader->rules->n_abis);
	diag_hint(reader->diags, "write %s.%.*s", vd_abi_info(reader->rules->abis[0])->name,
		  (int)target->at.len, span_bytes(&target->at));
	return -1;
}

static int not_listed(struct reader *reader, const struct target *target)
{
	const char *name = vd_abi_info(target->abi)->name;

	diag_error(reader->diags, &target->at, "the file is not about %s", name);
	diag_hint(reader->diags, "name it in the 'arch' line");
	return -1;
}

static int add_target(struct reader *reader, const struct stmt *stmt, const struct target *target)
{
	const struct rules *rules = reader->rules;

	if (target->abi != VD_ABI_NONE && !rules_about(rules, target->abi))
		return not_listed(reader, target);
	if (target->number && target->abi == VD_ABI_NONE && rules->n_abis > 1)
		return number_needs_abi(reader, target);
	for (size_t i = 0; i < rules->n_abis; i++) {
		int abi = rules->abis[i];
		if (target->abi != VD_ABI_NONE && target->abi != abi)
			continue;
		if ((target->range ? add_numbers(reader, stmt, target, abi)
				   : add_call(reader, stmt, target, abi)) < 0)
			return -1;
	}
	return 0;
}

static void add_rule(struct reader *reader, const struct stmt *stmt)
{
	struct span rest = stmt->word;
	struct target target;

	if (add_line(reader, stmt) < 0)
		reader->failed = true;
	if (targets_others(&stmt->word)) {
		const struct rules_entry others = { .abi = VD_ABI_NONE, .last = UINT32_MAX };
		if (add_entry(reader, stmt, others, false) < 0)
			reader->failed = true;
		return;
	}
	do {
		if (target_read(&rest, reader->diags, &target) < 0 || add_target(reader, stmt, &target) < 0) {
			reader->failed = true;
			return;
		}
	} while (rest.len);
}

static void read_rules(struct reader *reader)
{
	new_filter(reader, reader->deny, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < reader->n; i++) {
		if (reader->stmts[i].kind == STMT_ENABLE)
			new_filter(reader, SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW);
		else if (reader->stmts[i].kind == STMT_RULE)
			add_rule(reader, &reader->stmts[i]);
	}
	for (size_t i = 0; i < reader->rules->n_filters; i++)
		if (rules_arrange(reader->rules, &reader->rules->filters[i], reader->diags) < 0)
			reader->failed = true;
}

int rules_read(const struct text *text, struct diags *diags, struct rules **ret_rules)
{
	struct rules *rules = calloc(1, sizeof(*rules));
	struct reader reader = { .rules = rules, .diags = diags };
	struct span all = span_all(text);

	if (!rules) {
		diag_error(diags, &all, "out of memory");
		return -1;
	}
	arena_init(&rules->arena);
	/* The reader's places stay valid as long as the rules do. */
	rules->text = *text;
	rules->text.name = arena_text(&rules->arena, text->name, strlen(text->name));
	rules->text.data = arena_text(&rules->arena, text->data, text->len);
	read_lines(&reader);
	read_settings(&reader);
	if (rules->n_abis)
		read_rules(&reader);
	for (size_t i = 0; i < reader.n; i++)
		stmt_done(&reader.stmts[i]);
	if (reader.failed) {
		rules_free(rules);
		return -1;
	}
	*ret_rules = rules;
	return 0;
}
