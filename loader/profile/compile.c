/* SPDX-License-Identifier: MIT */
/*
 * What runtimes make of a profile, through libseccomp as they do it (crun
 * src/libcrun/seccomp.c, runc libcontainer/seccomp): the machine's own
 * architecture first, then those named, then the rules in order; rules whose
 * action is the default's are left out; two conditions on one argument become
 * a rule each.
 */
#include "loader/profile/value.h"

#ifdef HAVE_LIBSECCOMP

#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGS_MAX 6
#define FILTER_MAX (1u << 20) /* bytes; the kernel takes 32 KiB */

struct compiler {
	scmp_filter_ctx ctx;
	const struct profile *profile;
	const struct selection *selection;
	const struct profile_options *options;
	struct diags *diags;
};

/* libseccomp asks the running kernel for what it can do, once; here every action is wanted on every machine.
 */
static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;

static void all_actions(void)
{
	for (unsigned level = 7; level >= 5 && seccomp_api_set(level) < 0; level--)
		;
}

static int failed(const struct compiler *compiler, const struct span *at, int error, const char *what)
{
	diag_error(compiler->diags, at, "libseccomp: %s: %s", what, strerror(-error));
	return -1;
}

/* ------------------------------------------------------------ architectures */

/* libseccomp's token; 0: it has none. */
static uint32_t token_of(int abi)
{
	const char *name = profile_word_name(&profile_archs, (uint32_t)abi);
	char lower[32];
	size_t i = 0;

	for (name += strlen("SCMP_ARCH_"); *name && i + 1 < sizeof(lower); name++)
		lower[i++] = *name >= 'A' && *name <= 'Z' ? (char)(*name + 'a' - 'A') : *name;
	lower[i] = '\0';
	return seccomp_arch_resolve_name(lower);
}

/* The place where an ABI is named, or the profile's first line. */
static const struct span *place_of(const struct compiler *compiler, int abi)
{
	const struct profile_archs *archs = &compiler->profile->archs;

	for (size_t i = 0; i < compiler->profile->n_map; i++)
		if (compiler->profile->map[i].abi == compiler->options->abi)
			archs = &compiler->profile->map[i].subs;
	for (size_t i = 0; i < archs->n; i++)
		if (archs->abis[i] == abi)
			return &archs->names[i];
	return &compiler->profile->default_action.at;
}

static int add_arch(const struct compiler *compiler, int abi)
{
	uint32_t token = token_of(abi);
	const struct span *place = place_of(compiler, abi);

	if (!token) {
		diag_error(compiler->diags, place, "this libseccomp does not know %s",
			   profile_word_name(&profile_archs, (uint32_t)abi));
		return -1;
	}
	int r = seccomp_arch_add(compiler->ctx, token);
	if (r == 0 || r == -EEXIST)
		return 0;
	failed(compiler, place, r, "this architecture cannot be added");
	if (r == -EDOM || vd_abi_info(abi)->big_endian != vd_abi_info(compiler->options->abi)->big_endian)
		diag_hint(compiler->diags, "architectures of one filter have one byte order");
	return -1;
}

static int add_archs(const struct compiler *compiler)
{
	int r;

	if (token_of(compiler->options->abi) != seccomp_arch_native()) {
		r = seccomp_arch_remove(compiler->ctx, seccomp_arch_native());
		if (r < 0)
			return failed(compiler, &compiler->profile->default_action.at, r,
				      "the machine's own architecture cannot be removed");
		if (add_arch(compiler, compiler->options->abi) < 0)
			return -1;
	}
	r = 0;
	for (size_t i = 0; i < compiler->selection->n_abis; i++)
		if (add_arch(compiler, compiler->selection->abis[i]) < 0)
			r = -1;
	return r;
}

/* -------------------------------------------------------------------- rules */

static struct scmp_arg_cmp condition_of(const struct profile_arg *arg)
{
	static const enum scmp_compare ops[] = {
		[PROFILE_NE] = SCMP_CMP_NE,
		[PROFILE_LT] = SCMP_CMP_LT,
		[PROFILE_LE] = SCMP_CMP_LE,
		[PROFILE_EQ] = SCMP_CMP_EQ,
		[PROFILE_GE] = SCMP_CMP_GE,
		[PROFILE_GT] = SCMP_CMP_GT,
		[PROFILE_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
	};

	return (struct scmp_arg_cmp){ arg->index, ops[arg->op], arg->value, arg->value_two };
}

static bool compares_twice(const struct profile_entry *entry)
{
	unsigned seen = 0;

	for (size_t i = 0; i < entry->n_args; i++) {
		if (seen & 1u << entry->args[i].index)
			return true;
		seen |= 1u << entry->args[i].index;
	}
	return false;
}

/* Errnos end at 4095, libseccomp's one earlier. */
static bool hint_errno(const struct compiler *compiler, const struct profile_action *action)
{
	if ((action->ret & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO ||
	    (action->ret & SECCOMP_RET_DATA) < 4095)
		return false;
	diag_hint(compiler->diags, "it takes errnos up to 4094, this one is %u",
		  action->ret & SECCOMP_RET_DATA);
	return true;
}

static int refused(const struct compiler *compiler, const struct profile_rule *rule, int error)
{
	diag_error(compiler->diags, rule->name, "libseccomp refuses the rule for '%.*s': %s",
		   SHOWN(rule->name), strerror(-error));
	if (!hint_errno(compiler, &rule->entry->action) && error == -EEXIST)
		diag_hint(compiler->diags,
			  "an earlier entry gives this call another action under the same conditions");
	return -1;
}

static int add_rule(const struct compiler *compiler, const struct profile_rule *rule, int nr)
{
	const struct profile_entry *entry = rule->entry;
	bool twice = compares_twice(entry);
	struct scmp_arg_cmp args[ARGS_MAX];
	unsigned n = 0;
	int r = 0;

	for (size_t i = 0; i < entry->n_args && r == 0; i++) {
		args[n] = condition_of(&entry->args[i]);
		if (twice)
			r = seccomp_rule_add_array(compiler->ctx, entry->action.ret, nr, 1, &args[n]);
		else
			n++;
	}
	if (!twice)
		r = seccomp_rule_add_array(compiler->ctx, entry->action.ret, nr, n, args);
	return r < 0 ? refused(compiler, rule, r) : 0;
}

static int resolve(const struct span *name, uint32_t token)
{
	char text[64];

	if (name->len >= sizeof(text))
		return __NR_SCMP_ERROR;
	memcpy(text, name->text->data + name->off, name->len);
	text[name->len] = '\0';
	return token ? seccomp_syscall_resolve_name_arch(token, text) : seccomp_syscall_resolve_name(text);
}

static bool is_known_anywhere(const struct span *name)
{
	uint32_t nr;

	return vd_syscall_number(VD_ABI_X86_64, name->text->data + name->off, name->len, &nr) != -EINVAL;
}

/* One warning for the calls that are too new for the library; mistyped names get their own. */
struct skipped {
	const struct span *first;
	char names[160];
	size_t used, n;
};

static void skip(const struct compiler *compiler, struct skipped *skipped, const struct span *name)
{
	const char *near[3];

	if (!is_known_anywhere(name)) {
		diag_warning(compiler->diags, name, "unknown system call '%.*s': runtimes skip it",
			     SHOWN(name));
		diag_hint_names(compiler->diags, near,
				vd_names_near(VD_NAME_SYSCALL, VD_ABI_NONE, name->text->data + name->off,
					      name->len, near, 3));
		return;
	}
	if (!skipped->n++)
		skipped->first = name;
	size_t wanted = name->len + 2;
	if (skipped->used + wanted < sizeof(skipped->names))
		skipped->used += (size_t)snprintf(skipped->names + skipped->used, wanted + 1, "%s%.*s",
						  skipped->used ? ", " : "", (int)name->len,
						  name->text->data + name->off);
}

static void tell_skipped(const struct compiler *compiler, const struct skipped *skipped)
{
	const struct scmp_version *version = seccomp_version();

	if (!skipped->n)
		return;
	diag_warning(compiler->diags, skipped->first,
		     "%zu system call%s skipped, as runtimes do: libseccomp %u.%u.%u does not know %s",
		     skipped->n, skipped->n == 1 ? " is" : "s are", version->major, version->minor,
		     version->micro, skipped->n == 1 ? "it" : "them");
	diag_hint(compiler->diags, "%s%s", skipped->names,
		  strlen(skipped->names) == skipped->used ? "" : " ...");
}

static int add_rules(const struct compiler *compiler)
{
	const struct selection *selection = compiler->selection;
	struct skipped skipped = { 0 };
	int r = 0;

	for (size_t i = 0; i < selection->n_rules; i++) {
		const struct profile_rule *rule = &selection->rules[i];
		if (rule->entry->action.ret == compiler->profile->default_action.ret)
			continue;
		int nr = resolve(rule->name, 0);
		if (nr == __NR_SCMP_ERROR)
			skip(compiler, &skipped, rule->name);
		else if (add_rule(compiler, rule, nr) < 0)
			r = -1;
	}
	tell_skipped(compiler, &skipped);
	return r;
}

/* --------------------------------------------------------------- runc's part */

/* The highest number of an ABI that the rules name, those that libseccomp was not given included. */
static uint32_t last_call(const struct selection *selection, int abi)
{
	uint32_t token = token_of(abi);
	int last = 0;

	for (size_t i = 0; i < selection->n_rules; i++) {
		int nr = resolve(selection->rules[i].name, token);
		if (nr > last)
			last = nr;
	}
	return (uint32_t)last;
}

static size_t write_stub(const struct compiler *compiler, struct sock_filter *ret_insns)
{
	const struct selection *selection = compiler->selection;
	struct stub_arch archs[64];
	size_t n = 0;

	if (compiler->options->runtime != PROFILE_RUNC ||
	    !profile_stub_wanted(compiler->profile->default_action.ret))
		return 0;
	for (size_t i = 0; i < selection->n_abis && n < 64; i++)
		archs[n++] = (struct stub_arch){ selection->abis[i],
						 last_call(selection, selection->abis[i]) };
	return profile_stub(archs, n, ret_insns);
}

/* ------------------------------------------------------------------- export */

/* libseccomp writes programs in the byte order of the architectures that they are for. */
static void to_host_order(struct sock_filter *insns, size_t len, bool big_endian)
{
	if (big_endian == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__))
		return;
	for (size_t i = 0; i < len; i++) {
		insns[i].code = __builtin_bswap16(insns[i].code);
		insns[i].k = __builtin_bswap32(insns[i].k);
	}
}

/* The exported file behind the stub; NULL: errno says why. */
static struct sock_filter *read_back(int fd, const struct sock_filter *stub, size_t stub_len, size_t *ret_len)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return NULL;
	size_t size = (size_t)st.st_size, len = size / sizeof(*stub);
	if (!len || size % sizeof(*stub) || size > FILTER_MAX) {
		errno = E2BIG;
		return NULL;
	}
	struct sock_filter *insns = malloc((stub_len + len) * sizeof(*insns));
	if (!insns)
		return NULL;
	memcpy(insns, stub, stub_len * sizeof(*insns));
	if (pread(fd, insns + stub_len, size, 0) != (ssize_t)size) {
		free(insns);
		errno = EIO;
		return NULL;
	}
	*ret_len = stub_len + len;
	return insns;
}

static int export(const struct compiler *compiler, struct sock_filter **ret_insns, size_t *ret_len)
{
	const struct span *place = &compiler->profile->default_action.at;
	struct sock_filter stub[STUB_MAX], *insns;
	size_t stub_len = write_stub(compiler, stub), len;
	int fd = memfd_create("seccomp", MFD_CLOEXEC), r;

	if (fd < 0)
		return failed(compiler, place, -errno, "no room for the filter");
	r = seccomp_export_bpf(compiler->ctx, fd);
	if (r < 0) {
		close(fd);
		return failed(compiler, place, r, "no filter can be made of this profile");
	}
	insns = read_back(fd, stub, stub_len, &len);
	r = -errno;
	close(fd);
	if (!insns)
		return failed(compiler, place, r, "the filter cannot be read back");
	to_host_order(insns + stub_len, len - stub_len, vd_abi_info(compiler->options->abi)->big_endian);
	*ret_insns = insns;
	*ret_len = len;
	return 0;
}

static int build(struct compiler *compiler, struct sock_filter **ret_insns, size_t *ret_len)
{
	const struct profile_action *action = &compiler->profile->default_action;

	all_actions();
	compiler->ctx = seccomp_init(action->ret);
	if (!compiler->ctx) {
		diag_error(compiler->diags, &action->at, "libseccomp refuses this default action");
		hint_errno(compiler, action);
		return -1;
	}
	int r = add_archs(compiler);
	if (r == 0 && compiler->options->tree) {
		r = seccomp_attr_set(compiler->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
		if (r < 0)
			r = failed(compiler, &action->at, r, "the tree form cannot be had");
	}
	if (r == 0)
		r = add_rules(compiler);
	if (r == 0)
		r = export(compiler, ret_insns, ret_len);
	seccomp_release(compiler->ctx);
	return r;
}

/* ------------------------------------------------------------ a trial first */

/*
 * libseccomp 2.5.4 does not come to an end on some profiles with overlapping
 * conditions on several arguments. So a child tries first, with a limit on its
 * processor time: hundreds of times what a container's profile takes.
 */
#define TRIAL_SECONDS 2

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED
#endif

/* A sanitizer's allocator may be locked by another thread at fork(), and stays so in the child. */
static bool can_try(void)
{
#ifdef SANITIZED
	return __libc_single_threaded;
#else
	return true;
#endif
}

static _Noreturn void trial(struct compiler *compiler)
{
	const struct itimerval limit = { .it_value = { .tv_sec = TRIAL_SECONDS } };
	struct sock_filter *insns;
	sigset_t none;
	size_t len;

	signal(SIGPROF, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setitimer(ITIMER_PROF, &limit, NULL);
	compiler->diags = NULL;
	build(compiler, &insns, &len);
	_exit(0);
}

/* Whether the library comes to an end, whatever it then says. */
static int try_out(struct compiler *compiler)
{
	const struct span *place = &compiler->profile->default_action.at;
	int status;
	pid_t child = fork();

	if (child == 0)
		trial(compiler);
	if (child < 0)
		return failed(compiler, place, -errno, "no process to try the profile in");
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return failed(compiler, place, -errno, "the profile cannot be tried");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF)
		diag_error(compiler->diags, place,
			   "libseccomp does not come to an end on this profile (stopped after %d s)", TRIAL_SECONDS);
	else
		diag_error(compiler->diags, place, "libseccomp crashes on this profile");
	diag_hint(compiler->diags, "overlapping conditions on several arguments of one call can do this: "
				   "leave some out");
	return -1;
}

int profile_compile(const struct profile *profile, const struct selection *selection,
		    const struct profile_options *options, struct diags *diags,
		    struct sock_filter **ret_insns, size_t *ret_len)
{
	struct compiler compiler = { NULL, profile, selection, options, diags };
	int r;

	pthread_mutex_lock(&library);
	r = can_try() ? try_out(&compiler) : 0;
	if (r == 0)
		r = build(&compiler, ret_insns, ret_len);
	pthread_mutex_unlock(&library);
	return r;
}

#else

int profile_compile(const struct profile *profile, const struct selection *selection,
		    const struct profile_options *options, struct diags *diags,
		    struct sock_filter **ret_insns, size_t *ret_len)
{
	diag_error(diags, &profile->default_action.at,
		   "verdict was built without libseccomp, which makes filters of profiles");
	diag_hint(diags, "install libseccomp-dev and build again");
	return -1;
}

#endif
