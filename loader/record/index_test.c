/* SPDX-License-Identifier: MIT */
#include "loader/record/writer.h"
#include "loader/testing.h"

#include <sys/stat.h>
#include <unistd.h>

static struct writer_task task_named(uint32_t tid, const char *name)
{
	struct writer_task task = { .maker = { .pid = 1, .tid = tid } };

	snprintf(task.maker.comm, sizeof(task.maker.comm), "%s", name);
	return task;
}

/* Record i's open words and maker, by a rule that makes runs of all lengths. */
static uint16_t open_of(unsigned i)
{
	return i % 1000 < 300 ? 0 : i % 7 ? 0x0c : 0xfff0;
}
static unsigned maker_of(unsigned i)
{
	return i < 5000 ? i / 2500 : i % 3;
}

#define N 20000u

/* Writes N records, or fewer; finish: with the index's end. */
static void write_records(unsigned n, bool distinct, bool finish, struct diags *diags)
{
	struct writer_task tasks[3] = { task_named(10, "one"), task_named(11, "two"),
					task_named(12, "three") };
	struct writer *writer;

	ck_assert_int_eq(writer_open("r", distinct, diags, &writer), 0);
	for (unsigned i = 0; i < n; i++) {
		struct seccomp_data data = { .nr = (int)(distinct ? i % 100 : i) };
		ck_assert(writer_add(writer, &data, distinct ? 0 : open_of(i), &tasks[maker_of(i)]));
	}
	if (finish)
		ck_assert_int_eq(writer_finish(writer, 0), 0);
	writer_free(writer);
}

static long size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -1 : (long)st.st_size;
}

START_TEST(round_trip)
{
	struct diags diags;
	struct index index;
	struct maker maker;
	uint16_t open;
	uint64_t times;

	diags_init(&diags);
	write_records(N, false, _i, &diags);
	ck_assert_int_eq(size_of("r"), N * 64);
	ck_assert_int_eq(size_of("r.idx") % INDEX_UNIT, 0);
	index_open("r", &diags, &index);
	ck_assert_int_ge(index.fd, 0);
	ck_assert_int_eq(index.complete, _i);
	for (unsigned i = 0, n; i < N; i += n) {
		n = (unsigned)index_open_words(&index, i, (i * 7) % 500 + 1, &open);
		ck_assert_uint_ge(n, 1);
		for (unsigned j = 0; j < n; j++)
			ck_assert_uint_eq(open, open_of(i + j));
		ck_assert(i + n == N || n == (i * 7) % 500 + 1 || open_of(i + n) != open);
	}
	/* past its end nothing is known to be unknown */
	ck_assert_uint_eq(index_open_words(&index, N, 5, &open), 5);
	ck_assert_uint_eq(open, 0);
	for (unsigned i = 0; i < N; i += 37) {
		index_maker(&index, i, &maker);
		ck_assert_uint_eq(maker.tid, 10 + maker_of(i));
		ck_assert_uint_eq(maker.pid, 1);
		ck_assert_str_eq(maker.comm, maker_of(i) == 0 ? "one" : maker_of(i) == 1 ? "two" : "three");
	}
	index_maker(&index, N, &maker);
	ck_assert_uint_eq(maker.tid, 0);
	ck_assert_uint_eq(index_times(&index, 0, 7, &times), 7);
	ck_assert_uint_eq(times, 1);
	index_close(&index);
	ck_assert_uint_eq(diags.errors + diags.warnings, 0);
	diags_done(&diags);
}
END_TEST

START_TEST(distinct)
{
	struct diags diags;
	struct index index;
	uint64_t times;

	diags_init(&diags);
	write_records(1050, true, true, &diags);
	ck_assert_int_eq(size_of("r"), 100 * 64);
	index_open("r", &diags, &index);
	for (unsigned i = 0; i < 100; i++) {
		ck_assert_uint_eq(index_times(&index, i, 100 - i, &times), 1);
		ck_assert_uint_eq(times, i < 50 ? 11 : 10);
	}
	index_close(&index);
	diags_done(&diags);
}
END_TEST

static void change(const char *path, long at, const void *bytes, size_t len)
{
	FILE *file = fopen(path, "r+");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	fclose(file);
}

/* Indexes that are not these records'. */
static const struct {
	const char *file;
	long at;
	const char *bytes;
	size_t len;
	const char *why; /* NULL: it is taken */
} spoilt[] = {
	{ "r.idx", 0, "v", 1, NULL },
	{ "r.idx", 0, "V", 1, "is not an index of records" },
	{ "r.idx", 8, "\x02", 1, "is of another version or machine" },
	{ "r.idx", 12, "\x20", 1, "is of another version or machine" },
	{ "r", 20000 * 64, "one record more, or a part of it: 64 bytes, to be counted as one", 64,
	  "is of other records" },
};

START_TEST(others_are_left_out)
{
	struct diags diags;
	struct index index;
	struct maker maker;

	diags_init(&diags);
	write_records(N, false, true, &diags);
	change(spoilt[_i].file, spoilt[_i].at, spoilt[_i].bytes, spoilt[_i].len);
	index_open("r", &diags, &index);
	ck_assert_int_eq(index.fd >= 0, !spoilt[_i].why);
	index_maker(&index, 0, &maker);
	ck_assert_uint_eq(maker.tid, spoilt[_i].why ? 0 : 10);
	char *shown = printed(&diags);
	ck_assert_msg(spoilt[_i].why ? strstr(shown, spoilt[_i].why) != NULL : !*shown, "%s", shown);
	free(shown);
	index_close(&index);
	diags_done(&diags);
}
END_TEST

/* Whatever an index holds, reading it ends. */
START_TEST(any_bytes)
{
	struct vd_random random = { .state = 7 };
	struct diags diags;
	struct index index;
	struct maker maker;
	uint16_t open;
	uint64_t times;

	diags_init(&diags);
	for (int round = 0; round < 300; round++) {
		write_records(200, round % 2, round % 3, &diags);
		long size = size_of("r.idx");
		for (int i = 0; i < 4; i++) {
			unsigned char byte = (unsigned char)vd_random_next(&random);
			change("r.idx", (long)(32 + vd_random_below(&random, (uint32_t)size - 32)), &byte, 1);
		}
		if (round % 5 == 0)
			ck_assert_int_eq(truncate("r.idx", (long)vd_random_below(&random, (uint32_t)size)),
					 0);
		index_open("r", &diags, &index);
		for (unsigned i = 0; i < 200; i++) {
			ck_assert_uint_ge(index_open_words(&index, i, 3, &open), 1);
			index_maker(&index, i, &maker);
			ck_assert_uint_lt(strlen(maker.comm), INDEX_COMM);
			ck_assert_uint_ge(index_times(&index, i, 3, &times), 1);
		}
		index_close(&index);
	}
	diags_done(&diags);
}
END_TEST

START_TEST(none)
{
	struct diags diags;
	struct index index;
	struct maker maker;
	uint16_t open;

	diags_init(&diags);
	write_records(3, false, true, &diags);
	unlink("r.idx");
	index_open("r", &diags, &index);
	ck_assert_int_eq(index.fd, -1);
	index_maker(&index, 0, &maker);
	ck_assert_uint_eq(maker.pid, 0);
	ck_assert_uint_eq(index_open_words(&index, 0, 3, &open), 3);
	ck_assert_uint_eq(open, 0);
	index_open("missing", &diags, &index);
	ck_assert_int_eq(index.fd, -1);
	ck_assert_uint_eq(diags.errors + diags.warnings, 0);
	diags_done(&diags);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_unchecked_fixture(tc, enter_folder, leave_folder);
	tcase_add_loop_test(tc, round_trip, 0, 2);
	tcase_add_test(tc, distinct);
	tcase_add_loop_test(tc, others_are_left_out, 0, COUNT_OF(spoilt));
	tcase_add_test(tc, any_bytes);
	tcase_add_test(tc, none);
}

int main(void)
{
	return run_suite("index", add);
}
