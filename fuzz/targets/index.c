/* SPDX-License-Identifier: MIT */
/* The index beside a file of records, behind its header; the first bytes choose what is asked of it. */
#include "loader/record/index.h"
#include "fuzz/support/support.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RECORDS_MAX 512

static int file_of(const struct input *input)
{
	struct index_header header = { .magic = INDEX_MAGIC, .version = INDEX_VERSION, .record_size = 64 };
	int fd = memfd_create("index", MFD_CLOEXEC);

	EXPECT(fd >= 0 && pwrite(fd, &header, sizeof(header), 0) == sizeof(header), "no file in memory");
	EXPECT(pwrite(fd, input->data, input->left, sizeof(header)) == (ssize_t)input->left,
	       "no file in memory");
	return fd;
}

static void ask(struct index *index, uint64_t n, size_t step)
{
	for (uint64_t record = 0; record < n;) {
		struct maker maker;
		uint64_t times;
		uint16_t open;
		size_t same = index_open_words(index, record, step, &open);
		EXPECT(same > 0 && same <= step, "%zu of %zu records have the same open words", same, step);
		index_maker(index, record, &maker);
		EXPECT(strnlen(maker.comm, INDEX_COMM) < INDEX_COMM, "a name without an end");
		size_t m = index_times(index, record, same, &times);
		EXPECT(m > 0 && m <= same, "%zu of %zu records", m, same);
		record += m;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	uint8_t first = input_byte(&input), step = input_byte(&input);
	struct index index;

	memset(&index, 0, sizeof(index));
	index.fd = file_of(&input);
	index.distinct = first & 1;
	index.words.at = index.makers.at = index.times.at = sizeof(struct index_header);
	ask(&index, RECORDS_MAX, 1u + step);
	index_close(&index);
	return 0;
}
