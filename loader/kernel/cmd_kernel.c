/* SPDX-License-Identifier: MIT */
#include "loader/command.h"
#include "loader/json.h"
#include "loader/kernel/offers.h"
#include "loader/show/text.h"
#include "vm/verdict.h"

#include <stdio.h>
#include <string.h>

extern const struct command cmd_kernel;

enum { OPT_FORMAT = 1 };

static const struct option_spec specs[] = {
	{ "format", 'f', OPTION_VALUE, OPT_FORMAT },
	{ NULL, 0, OPTION_FLAG, 0 },
};

static const char help[] =
	"usage: verdict kernel [OPTIONS]\n"
	"\n"
	"Tells what the running kernel offers to seccomp filters, and what of verdict\n"
	"can be done here with the privileges at hand. Each answer is found by asking:\n"
	"entries are tried in a child, flags with a program that cannot be installed, and\n"
	"whether the allow-bitmap answers calls without running filters is measured.\n"
	"\n"
	"  -f, --format FORMAT  text (default) or json\n"
	"\n"
	"Exit status: 0, or 3 where seccomp(2) cannot be used.\n";

/* ---------------------------------------------------------------- text -- */

#define ABILITY_WIDTH 27

static void put_label(const char *label)
{
	printf("%-14s ", label);
}

static void put_names(const char *label, const struct offered *items, size_t n)
{
	const char *before = "";
	size_t missing = 0;

	put_label(label);
	for (size_t i = 0; i < n; i++) {
		if (items[i].here) {
			printf("%s%s", before, items[i].name);
			before = " ";
		}
		missing += !items[i].here;
	}
	before = missing == n ? "none of " : "; not ";
	for (size_t i = 0; i < n && missing; i++)
		if (!items[i].here) {
			printf("%s%s", before, items[i].name);
			before = " ";
		}
	putchar('\n');
}

static const char *word_of(enum offer offer)
{
	static const char *const words[] = { "off", "on", "not known (it cannot be read)" };

	return words[offer];
}

static void put_bitmap(const struct offers *offers)
{
	static const char *const words[] = { "no", "yes", "not known" };

	put_label("allow-bitmap");
	printf("%s", words[offers->bitmap]);
	if (offers->bitmap != OFFER_UNKNOWN)
		printf(", measured: %.0f ns under %zu filters, %.0f ns by arguments", offers->allowed_ns,
		       offers->stacked, offers->judged_ns);
	putchar('\n');
}

static void put_seccomp(const struct offers *offers)
{
	put_label("entries");
	printf("x86_64, i386 (int $0x80) %s, x32 %s\n", offers->i386 ? "yes" : "no",
	       offers->x32 ? "yes" : "no (its numbers reach filters)");
	put_names("actions", offers->actions, OFFER_ACTIONS);
	put_label("logged");
	puts(offers->logged[0] ? offers->logged : "not known (/proc/sys/kernel/seccomp cannot be read)");
	put_names("flags", offers->flags, OFFER_FLAGS);
	put_label("notifications");
	if (offers->notif)
		printf("%u bytes, replies %u, records %u\n", offers->notif, offers->resp, offers->data);
	else
		puts("none");
	put_label("JIT");
	printf("%s, blinding of constants %s\n", word_of(offers->jit), word_of(offers->hardened));
	put_bitmap(offers);
	put_label("never judged");
	puts("x86_64 335, 336 (uretprobe, uprobe): new kernels run no filter");
}

static void put_ability(const struct ability *ability)
{
	struct wrap wrap;

	wrap_init(&wrap, stdout, ABILITY_WIDTH + 4);
	wrap.column = printf("  %-*s ", ABILITY_WIDTH, ability->name);
	wrap.column += printf("%s%s", ability->here ? "yes" : "no", ability->why ? ":" : "");
	if (ability->why)
		wrap_text(&wrap, ability->why);
	wrap_end(&wrap);
}

static void put_text(const struct offers *offers, const struct ability *abilities)
{
	put_label("kernel");
	printf("%s %s\n", offers->release, offers->machine);
	put_label("seccomp");
	if (offers->error)
		printf("cannot be used: %s\n", offers->error);
	else
		puts(offers->filtered ? "yes; this process has filters itself" : "yes");
	if (!offers->error)
		put_seccomp(offers);
	puts("\nWhat verdict can do here:");
	for (int i = 0; i < ABILITIES; i++)
		put_ability(&abilities[i]);
}

/* ---------------------------------------------------------------- json -- */

static void json_offered(struct json *json, const char *key, const struct offered *items, size_t n)
{
	json_key(json, key);
	json_object(json);
	for (size_t i = 0; i < n; i++) {
		json_key(json, items[i].name);
		json_bool(json, items[i].here);
	}
	json_end(json, '}');
}

static void json_offer(struct json *json, const char *key, enum offer offer)
{
	json_key(json, key);
	if (offer == OFFER_UNKNOWN)
		json_null(json);
	else
		json_bool(json, offer == OFFER_YES);
}

static void json_count(struct json *json, const char *key, long long value)
{
	json_key(json, key);
	json_number(json, value);
}

static void json_text(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	json_string(json, text);
}

static void json_entries(struct json *json, const struct offers *offers)
{
	const struct offered entries[] = { { "x86_64", !strcmp(offers->machine, "x86_64") },
					   { "i386", offers->i386 },
					   { "x32", offers->x32 } };

	json_offered(json, "entries", entries, 3);
}

static void json_seccomp(struct json *json, const struct offers *offers)
{
	json_entries(json, offers);
	json_offered(json, "actions", offers->actions, OFFER_ACTIONS);
	json_text(json, "actions_logged", offers->logged[0] ? offers->logged : NULL);
	json_offered(json, "flags", offers->flags, OFFER_FLAGS);
	json_key(json, "notification_sizes");
	json_object(json);
	json_count(json, "notif", offers->notif);
	json_count(json, "resp", offers->resp);
	json_count(json, "data", offers->data);
	json_end(json, '}');
	json_offer(json, "jit", offers->jit);
	json_offer(json, "jit_hardened", offers->hardened);
	json_key(json, "allow_bitmap");
	json_object(json);
	json_offer(json, "works", offers->bitmap);
	json_count(json, "filters", (long long)offers->stacked);
	json_count(json, "allowed_ns", (long long)(offers->allowed_ns + 0.5));
	json_count(json, "judged_ns", (long long)(offers->judged_ns + 0.5));
	json_end(json, '}');
}

static void put_json(const struct offers *offers, const struct ability *abilities)
{
	struct json json;

	json_init(&json, stdout, false);
	json_object(&json);
	json_text(&json, "release", offers->release);
	json_text(&json, "machine", offers->machine);
	json_text(&json, "error", offers->error);
	json_key(&json, "filtered");
	json_bool(&json, offers->filtered);
	if (!offers->error)
		json_seccomp(&json, offers);
	json_key(&json, "abilities");
	json_array(&json);
	for (int i = 0; i < ABILITIES; i++) {
		json_object(&json);
		json_text(&json, "name", abilities[i].name);
		json_key(&json, "here");
		json_bool(&json, abilities[i].here);
		json_text(&json, "why", abilities[i].why);
		json_end(&json, '}');
	}
	json_end(&json, ']');
	json_end(&json, '}');
	json_finish(&json);
}

static int take_option(void *userdata, int id, const char *value)
{
	static const char *const names[] = { "text", "json", NULL };

	if (id == OPTION_OPERAND)
		return usage_error(&cmd_kernel, "there is one kernel: '%s' says nothing", value);
	return option_choice(&cmd_kernel, "format", names, value, userdata);
}

static int run(int argc, char **argv)
{
	struct ability abilities[ABILITIES];
	struct offers offers;
	int json = 0, status = options_read(&cmd_kernel, argc, argv, take_option, &json, NULL);

	if (status != OPTION_END)
		return status;
	kernel_offers(&offers);
	kernel_abilities(&offers, abilities);
	if (json)
		put_json(&offers, abilities);
	else
		put_text(&offers, abilities);
	return offers.error ? EXIT_NO_ANSWER : EXIT_PASSED;
}

const struct command cmd_kernel = {
	.name = "kernel",
	.summary = "what the running kernel offers to filters, and to verdict",
	.help = help,
	.options = specs,
	.run = run,
};
