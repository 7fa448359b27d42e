/* SPDX-License-Identifier: MIT */
/* What was captured as files: a folder for each stack, and index.tsv. */
#include "loader/capture/capture.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int write_error(const struct capture *capture, const char *path)
{
	diag_file_error(capture->diags, path, "cannot be written: %s", strerror(errno ? errno : EIO));
	return -1;
}

static int close_file(const struct capture *capture, FILE *file, const char *path)
{
	bool failed = ferror(file);

	if (fclose(file) || failed)
		return write_error(capture, path);
	return 0;
}

/* ---------------------------------------------------------------- stacks -- */

/* The stack that a row's task ended with; NULL: the row is of none. */
static struct stack_node *stack_of(const struct row *row)
{
	return row->node && row->holder ? row->holder->stack : row->node;
}

void capture_plain_name(const char *name, char *buf, size_t size)
{
	size_t n = 0;

	for (; *name && n + 1 < size; name++) {
		bool plain = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
			     (*name >= '0' && *name <= '9') || *name == '_' || *name == '-' || *name == '.';
		if (plain && (n || *name != '.'))
			buf[n++] = *name;
	}
	buf[n] = '\0';
}

/* Names folders in the order of their first rows. How many there are. */
static int name_folders(struct capture *capture)
{
	int n = 0;

	for (int inherited = 0; inherited < 2; inherited++) {
		for (struct row *row = capture->rows; row; row = row->next) {
			struct stack_node *stack = stack_of(row);
			char name[64];
			/* Those that tasks inherited come last: most are named by then. */
			if (!stack || stack->folder || (row->kind == ROW_INHERITED) != inherited)
				continue;
			capture_plain_name(row->name, name, sizeof(name));
			stack->folder = arena_printf(&capture->arena, "%02d%s%s", ++n, *name ? "-" : "",
						     name);
			row->names_folder = true;
		}
	}
	return n;
}

static int write_program(const struct capture *capture, const struct stack_node *node, const char *folder)
{
	char *path;

	if (asprintf(&path, "%s/%02u.bpf", folder, node->depth) < 0)
		return write_error(capture, folder);
	FILE *file = fopen(path, "wxe");
	int r = file ? 0 : write_error(capture, path);
	for (size_t i = 0; file && i < node->len; i++) {
		const struct sock_filter *insn = &node->insns[i];
		unsigned char bytes[8] = {
			insn->code & 0xff,   insn->code >> 8,	   insn->jt,	 insn->jf, insn->k & 0xff,
			insn->k >> 8 & 0xff, insn->k >> 16 & 0xff, insn->k >> 24
		};
		fwrite(bytes, sizeof(bytes), 1, file);
	}
	if (file)
		r = close_file(capture, file, path);
	free(path);
	return r;
}

static int write_stack(const struct capture *capture, const char *staging, const struct stack_node *stack)
{
	char *folder;
	int r = 0;

	if (asprintf(&folder, "%s/%s", staging, stack->folder) < 0)
		return write_error(capture, staging);
	if (mkdir(folder, 0777) < 0)
		r = write_error(capture, folder);
	for (const struct stack_node *node = stack; r == 0 && node->below; node = node->below)
		if (node->insns)
			r = write_program(capture, node, folder);
	free(folder);
	return r;
}

static int write_stacks(const struct capture *capture, const char *staging, const struct stack_node *node)
{
	if (node->folder && write_stack(capture, staging, node) < 0)
		return -1;
	/* Recursion is as deep as stacks are: the kernel takes at most some 3,600 filters. */
	for (const struct stack_node *child = node->children; child; child = child->sibling)
		if (write_stacks(capture, staging, child) < 0)
			return -1;
	return 0;
}

/* ----------------------------------------------------------------- index -- */

static void put_text(FILE *file, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)text[i];
		size_t n = utf8_length(text + i, len - i);
		if (c == '\\')
			fputs("\\\\", file);
		else if (c < ' ' || c == 0x7f || !n)
			fprintf(file, "\\x%02x", c);
		else
			fwrite(text + i, n, 1, file);
		i += n ? n : 1;
	}
}

static void put_flags(FILE *file, uint64_t flags)
{
	static const char *const names[] = { "TSYNC",	     "LOG",	    "SPEC_ALLOW",
					     "NEW_LISTENER", "TSYNC_ESRCH", "WAIT_KILLABLE_RECV" };
	const char *bar = "";

	if (!flags)
		fputc('0', file);
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!(flags >> i & 1))
			continue;
		fprintf(file, "%s%s", bar, names[i]);
		flags &= ~(UINT64_C(1) << i);
		bar = "|";
	}
	if (flags)
		fprintf(file, "%s0x%llx", bar, (unsigned long long)flags);
}

static void put_result(FILE *file, const struct row *row)
{
	const char *name = row->result < 0 ? vd_errno_name((unsigned)-row->result) : NULL;

	if (row->kind == ROW_INHERITED || row->kind == ROW_LIVE)
		fputc('-', file);
	else if (row->instead)
		fputs(row->instead, file);
	else if (name)
		fputs(name, file);
	else
		fprintf(file, "%lld", (long long)row->result);
}

static void put_row(FILE *file, const struct row *row)
{
	static const char *const calls[] = { "seccomp", "prctl", "inherited", "-" };
	static const char *const origins[] = { "-", "kernel", "memory" };
	const struct stack_node *stack = stack_of(row);
	const struct vd_abi_info *abi = vd_abi_info(row->abi);

	fprintf(file, "%s\t", stack ? stack->folder : "-");
	put_text(file, row->command);
	fprintf(file, "\t%d\t", row->tid);
	if (row->node)
		fprintf(file, "%u", row->node->depth);
	else
		fputc('-', file);
	fprintf(file, "\t%s\t", calls[row->kind]);
	if (row->kind == ROW_INHERITED)
		fputc('-', file);
	else
		put_flags(file, row->flags);
	fputc('\t', file);
	put_result(file, row);
	fprintf(file, "\t%zu\t%s\t%d\t%s\n", row->len, abi ? abi->name : "-", row->tgid,
		origins[row->origin]);
}

static int write_index(const struct capture *capture, const char *staging)
{
	char *path;

	if (asprintf(&path, "%s/index.tsv", staging) < 0)
		return write_error(capture, staging);
	FILE *file = fopen(path, "wxe");
	int r = file ? 0 : write_error(capture, path);
	if (file) {
		fputs("stack\tcommand\tthread\torder\tcall\tflags\tresult\tinstructions\tabi\tprocess\tread"
		      "\n",
		      file);
		for (const struct row *row = capture->rows; row; row = row->next)
			if (row->kind != ROW_INHERITED || row->names_folder)
				put_row(file, row);
		r = close_file(capture, file, path);
	}
	free(path);
	return r;
}

int capture_write(struct capture *capture, const char *folder)
{
	int n = name_folders(capture);

	if (write_stacks(capture, folder, &capture->root) < 0 || write_index(capture, folder) < 0)
		return -1;
	return n;
}
