/* SPDX-License-Identifier: MIT */
#include "loader/supervise/answer.h"
#include "loader/arena.h"
#include "loader/expr.h"

#include <stdlib.h>
#include <string.h>

static bool is_word(const struct span *span, const char *word)
{
	return span->len == strlen(word) && !memcmp(span->text->data + span->off, word, span->len);
}

static char *copy(const struct span *span)
{
	char *text = strndup(span->text->data + span->off, span->len);

	if (!text)
		out_of_memory();
	return text;
}

/* The first word of a span, which then begins behind it. */
static struct span take_word(struct span *rest)
{
	const char *data = rest->text->data + rest->off;
	size_t len = 0;

	while (len < rest->len && !strchr(" \t", data[len]))
		len++;
	struct span word = span_of(rest->text, rest->off, len);
	*rest = span_trim(span_of(rest->text, rest->off + len, rest->len - len));
	return word;
}

/* A name that an ABI of this machine has stands for the call on all of them. */
static const char *shared_name(const struct span *word)
{
	static const int abis[] = { VD_ABI_X86_64, VD_ABI_I386, VD_ABI_X32 };
	const char *data = word->text->data + word->off;
	uint32_t nr;

	for (size_t i = 0; i < sizeof(abis) / sizeof(*abis); i++)
		if (vd_syscall_number(abis[i], data, word->len, &nr) == 0)
			return vd_syscall_name(abis[i], nr);
	return NULL;
}

static int read_call(struct span calls, struct answer_rule *rule, struct diags *diags)
{
	struct span first = take_word(&calls);
	uint32_t arch;

	rule->abi = VD_ABI_NONE;
	if (calls.len) {
		if (expr_arch(&first, diags, &rule->abi, &arch) < 0)
			return -1;
		first = calls;
	}
	if (is_word(&first, "any") || is_word(&first, "*")) {
		rule->any = true;
		return 0;
	}
	if (rule->abi == VD_ABI_NONE) {
		rule->name = shared_name(&first);
		if (rule->name)
			return 0;
		rule->abi = VD_ABI_X86_64;
	}
	return expr_syscall(&first, rule->abi, diags, &rule->nr);
}

static int read_number(enum answer_kind kind, const struct span *span, struct answer_rule *rule,
		       struct diags *diags)
{
	struct expr_value value;

	if (expr_const(span, diags, &value) < 0)
		return -1;
	rule->kind = kind;
	rule->value = (int64_t)value.bits;
	if (kind == ANSWER_ERRNO && (rule->value < 1 || rule->value > 4095)) {
		diag_error(diags, span, "an errno is 1 to 4095");
		diag_hint(diags, "write 'value %lld' for what the call returns", (long long)rule->value);
		return -1;
	}
	return 0;
}

static int read_answer(struct span answer, struct answer_rule *rule, struct diags *diags)
{
	struct span rest = answer, word = take_word(&rest);

	if (is_word(&word, "continue") && !rest.len) {
		rule->kind = ANSWER_CONTINUE;
		return 0;
	}
	if (is_word(&word, "errno") && rest.len)
		return read_number(ANSWER_ERRNO, &rest, rule, diags);
	if (is_word(&word, "value") && rest.len)
		return read_number(ANSWER_VALUE, &rest, rule, diags);
	if (is_word(&word, "fd") && rest.len) {
		rule->kind = ANSWER_FD;
		rule->path = copy(&rest);
		return 0;
	}
	diag_error(diags, &answer, "this is no answer");
	diag_hint(diags, "write 'continue', 'errno EPERM', 'value 7' or 'fd PATH'");
	return -1;
}

static int read_rule(const struct text *text, struct answer_rule *rule, struct diags *diags)
{
	struct span all = span_all(text);
	const char *colon = memchr(text->data, ':', text->len);

	if (!colon) {
		diag_error(diags, &all, "an answer is written CALL: ANSWER");
		diag_hint(diags, "for example 'mkdir: errno EPERM' or 'any: continue'");
		return -1;
	}
	size_t at = (size_t)(colon - text->data);
	struct span call = span_trim(span_of(text, 0, at)),
		    answer = span_trim(span_of(text, at + 1, text->len - at - 1));
	int r = read_call(call, rule, diags);
	return read_answer(answer, rule, diags) < 0 ? -1 : r;
}

int answer_add(struct answer_rules *rules, const char *line, struct diags *diags)
{
	struct answer_rule *items = realloc(rules->items, (rules->n + 1) * sizeof(*items));
	struct text text;

	if (!items || text_from("--answer", line, strlen(line), &text) < 0)
		out_of_memory();
	rules->items = items;
	text.lines_before = (unsigned)rules->n;
	struct answer_rule *rule = &items[rules->n++];
	*rule = (struct answer_rule){ .text = strdup(line) };
	int r = read_rule(&text, rule, diags);
	text_done(&text);
	return r;
}

void answer_done(struct answer_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		free(rules->items[i].text);
		free(rules->items[i].path);
	}
	free(rules->items);
	*rules = (struct answer_rules){ 0 };
}

static bool is_for(const struct answer_rule *rule, const struct seccomp_data *call)
{
	int abi = vd_abi_of(call->arch, (uint32_t)call->nr);
	const char *name = vd_syscall_name(abi, (uint32_t)call->nr);

	if (rule->abi != VD_ABI_NONE && rule->abi != abi)
		return false;
	if (rule->any)
		return true;
	return rule->name ? name && !strcmp(name, rule->name) : rule->nr == (uint32_t)call->nr;
}

const struct answer_rule *answer_for(const struct answer_rules *rules, const struct seccomp_data *call)
{
	for (size_t i = 0; i < rules->n; i++)
		if (is_for(&rules->items[i], call))
			return &rules->items[i];
	return NULL;
}
