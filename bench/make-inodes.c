/*
 * Fills a filesystem with empty files, fast: make-inodes FOLDER FILES PERCENT THREADS [FS_ID ROWS]
 *
 * PERCENT of them carry a valid 64-byte trusted.hsmck in state `dual` (docs/format.md), spread evenly. 1,000 files a
 * folder, folders spread over the allocation groups by XFS itself. With ROWS, the attributes carry the filesystem id FS_ID,
 * and what a catalog has to know of each such file is written there: six little-endian 64-bit words each, inode,
 * generation, operation (the time in the object id), mtime, ctime, birth time.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { FILES_PER_FOLDER = 1000, ATTRIBUTE_BYTES = 64, STATE_DUAL = 2, CRC_AT = 4 };

static long files, percent;
static atomic_long next_folder;
static uint32_t fs_id;
static FILE *rows;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t crc32c(const uint8_t *bytes, size_t length)
{
	uint32_t crc = ~0u;
	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (0x82f63b78u & -(crc & 1));
	}
	return ~crc;
}

static int64_t nanoseconds(struct statx_timestamp time)
{
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

/* One fwrite: stdio locks the stream for its length. */
static void write_row(int fd, uint64_t ino, uint32_t generation, uint64_t operation)
{
	struct statx stat;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &stat) < 0)
		die("statx");
	uint64_t row[] = { ino, generation, operation, nanoseconds(stat.stx_mtime),
			   nanoseconds(stat.stx_ctime), nanoseconds(stat.stx_btime) };
	if (fwrite(row, sizeof(row), 1, rows) != 1)
		die("fwrite");
}

static void set_attribute(int fd, long number)
{
	uint8_t value[ATTRIBUTE_BYTES] = { 1, STATE_DUAL };
	struct stat stat;
	uint32_t generation = 0;
	if (fstat(fd, &stat) < 0 || ioctl(fd, FS_IOC_GETVERSION, &generation) < 0)
		die("fstat");
	uint64_t operation = number + 1, ino = stat.st_ino, size = stat.st_size;
	int64_t mtime_ns = stat.st_mtim.tv_sec * 1000000000ll + stat.st_mtim.tv_nsec;
	memcpy(value + 8, &operation, 8);
	/* A UUIDv7 begins with the time, so ids ascend as files are archived. */
	uint64_t time_and_version = htobe64(operation << 16);
	memcpy(value + 16, &time_and_version, 8);
	value[16 + 6] = 0x70; /* UUID version 7 */
	value[16 + 8] = 0x80; /* and its variant */
	memcpy(value + 32, &ino, 8);
	memcpy(value + 40, &generation, 4);
	memcpy(value + 44, &fs_id, 4);
	memcpy(value + 48, &size, 8);
	memcpy(value + 56, &mtime_ns, 8);
	uint32_t crc = crc32c(value, sizeof(value));
	memcpy(value + CRC_AT, &crc, 4);
	if (fsetxattr(fd, "trusted.hsmck", value, sizeof(value), 0) < 0)
		die("fsetxattr");
	if (rows != NULL)
		write_row(fd, ino, generation, operation);
}

static void fill_folder(long folder)
{
	char name[32];
	snprintf(name, sizeof(name), "folder-%06ld", folder);
	if (mkdir(name, 0755) < 0)
		die(name);
	int folder_fd = open(name, O_RDONLY | O_DIRECTORY);
	if (folder_fd < 0)
		die(name);
	long first = folder * FILES_PER_FOLDER;
	long last = first + FILES_PER_FOLDER < files ? first + FILES_PER_FOLDER : files;
	for (long number = first; number < last; number++) {
		snprintf(name, sizeof(name), "file-%ld", number);
		int fd = openat(folder_fd, name, O_CREAT | O_EXCL | O_WRONLY, 0644);
		if (fd < 0)
			die(name);
		if ((number + 1) * percent / 100 > number * percent / 100)
			set_attribute(fd, number);
		close(fd);
	}
	close(folder_fd);
}

static void *work(void *unused)
{
	long folders = (files + FILES_PER_FOLDER - 1) / FILES_PER_FOLDER;
	for (long folder; (folder = atomic_fetch_add(&next_folder, 1)) < folders;)
		fill_folder(folder);
	return unused;
}

int main(int argc, char **argv)
{
	if (argc != 5 && argc != 7) {
		fprintf(stderr, "usage: %s FOLDER FILES PERCENT THREADS [FS_ID ROWS]\n", argv[0]);
		return 16;
	}
	files = atol(argv[2]);
	percent = atol(argv[3]);
	int threads = atoi(argv[4]);
	if (argc == 7) {
		fs_id = strtoul(argv[5], NULL, 10);
		rows = fopen(argv[6], "w");
		if (rows == NULL)
			die(argv[6]);
	}
	if (chdir(argv[1]) < 0)
		die(argv[1]);
	pthread_t *workers = calloc(threads, sizeof(*workers));
	for (int i = 0; i < threads; i++)
		if (pthread_create(&workers[i], NULL, work, NULL) != 0)
			die("pthread_create");
	for (int i = 0; i < threads; i++)
		pthread_join(workers[i], NULL);
	if (rows != NULL && fclose(rows) != 0)
		die(argv[6]);
	return 0;
}
