/*
 * Serves image files through FUSE and records every write, flush and punch, in order, before it is carried out.
 *
 *   record-writes MOUNTPOINT LOG IMAGE...
 *
 * MOUNTPOINT/0, MOUNTPOINT/1, ... are the images. Prints "ready" when mounted and serves until it is unmounted. Files
 * are opened with FOPEN_DIRECT_IO: a loop device above sees its writes recorded one by one, not as the page cache
 * would join them. A record is 16 bytes, little-endian: type (1 write, 2 flush, 3 punch) u8, image u8, 2 bytes of
 * zero, length u32, offset u64; a write's data follows. One thread serves, so the order of the log is the order of
 * arrival, over all images: any prefix of it is a moment at which the power may have failed.
 * Protocol: linux/fuse.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fuse.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, FLUSH = 2, PUNCH = 3, MAX_IO = 1 << 20, MAX_IMAGES = 8 };

static useconds_t flush_us;
static int device, logfile, images[MAX_IMAGES], image_count;
static char request[MAX_IO + 65536], data[MAX_IO];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void reply(uint64_t unique, int error, const void *body, size_t bytes)
{
	struct fuse_out_header header = { sizeof header + (error ? 0 : bytes), error, unique };
	struct iovec parts[2] = { { &header, sizeof header }, { (void *)body, error ? 0 : bytes } };
	/* ENOENT: the request was interrupted meanwhile. */
	if (writev(device, parts, 2) < 0 && errno != ENOENT)
		die("reply");
}

static void record(uint8_t type, uint8_t image, uint64_t offset, uint32_t bytes, const void *body)
{
	struct {
		uint8_t type, image;
		uint16_t zero;
		uint32_t bytes;
		uint64_t offset;
	} head = { type, image, 0, bytes, offset };
	struct iovec parts[2] = { { &head, sizeof head }, { (void *)body, body ? bytes : 0 } };
	ssize_t want = parts[0].iov_len + parts[1].iov_len;
	/* A gap in the log would make every later cut a lie. */
	if (writev(logfile, parts, 2) != want)
		die("log");
}

static void fill_attributes(struct fuse_attr *attr, uint64_t node)
{
	struct stat stat;
	memset(attr, 0, sizeof *attr);
	attr->ino = node;
	attr->nlink = 1;
	attr->blksize = 4096;
	attr->mode = S_IFDIR | 0700;
	if (node == FUSE_ROOT_ID)
		return;
	if (fstat(images[node - 2], &stat))
		die("fstat");
	attr->mode = S_IFREG | 0600;
	attr->size = stat.st_size;
	attr->blocks = stat.st_blocks;
}

static void lookup(struct fuse_in_header *in, const char *name)
{
	struct fuse_entry_out out = { 0 };
	unsigned index = name[0] - '0';
	if (name[0] < '0' || name[1] || index >= (unsigned)image_count) {
		reply(in->unique, -ENOENT, 0, 0);
		return;
	}
	out.nodeid = index + 2;
	out.entry_valid = out.attr_valid = 1;
	fill_attributes(&out.attr, out.nodeid);
	reply(in->unique, 0, &out, sizeof out);
}

static void write_image(struct fuse_in_header *in, struct fuse_write_in *write_in)
{
	int image = in->nodeid - 2;
	char *bytes = (char *)(write_in + 1);
	record(WRITE, image, write_in->offset, write_in->size, bytes);
	ssize_t done = pwrite(images[image], bytes, write_in->size, write_in->offset);
	struct fuse_write_out out = { done, 0 };
	reply(in->unique, done < 0 ? -errno : 0, &out, sizeof out);
}

static void read_image(struct fuse_in_header *in, struct fuse_read_in *read_in)
{
	ssize_t done = pread(images[in->nodeid - 2], data, read_in->size, read_in->offset);
	reply(in->unique, done < 0 ? -errno : 0, data, done < 0 ? 0 : done);
}

static void punch_image(struct fuse_in_header *in, struct fuse_fallocate_in *range)
{
	int image = in->nodeid - 2;
	int punches = range->mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE);
	for (uint64_t done = 0; punches && done < range->length;) {
		uint64_t left = range->length - done;
		uint32_t piece = left > 1u << 30 ? 1u << 30 : left;
		record(PUNCH, image, range->offset + done, piece, 0);
		done += piece;
	}
	int status = fallocate(images[image], range->mode, range->offset, range->length);
	reply(in->unique, status ? -errno : 0, 0, 0);
}

static void initialise(struct fuse_in_header *in, struct fuse_init_in *init_in)
{
	struct fuse_init_out out = { 0 };
	out.major = FUSE_KERNEL_VERSION;
	out.minor = 31;
	out.max_readahead = 131072;
	out.max_write = MAX_IO;
	out.max_background = 64;
	out.congestion_threshold = 48;
	out.flags = init_in->flags & (FUSE_BIG_WRITES | FUSE_MAX_PAGES | FUSE_ASYNC_READ);
	out.max_pages = MAX_IO / 4096;
	out.time_gran = 1;
	reply(in->unique, 0, &out, sizeof out);
}

static void serve(struct fuse_in_header *in)
{
	void *body = in + 1;
	struct fuse_attr_out attributes = { .attr_valid = 1 };
	struct fuse_open_out opened = { .fh = 1, .open_flags = FOPEN_DIRECT_IO };
	struct fuse_statfs_out statistics = { .st = { .bsize = 4096 } };
	switch (in->opcode) {
	case FUSE_INIT: initialise(in, body); break;
	case FUSE_LOOKUP: lookup(in, body); break;
	case FUSE_GETATTR:
		fill_attributes(&attributes.attr, in->nodeid);
		reply(in->unique, 0, &attributes, sizeof attributes);
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR: reply(in->unique, 0, &opened, sizeof opened); break;
	case FUSE_READ: read_image(in, body); break;
	case FUSE_WRITE: write_image(in, body); break;
	case FUSE_FALLOCATE: punch_image(in, body); break;
	case FUSE_FSYNC:
		record(FLUSH, in->nodeid - 2, 0, 0, 0);
		usleep(flush_us);
		reply(in->unique, 0, 0, 0);
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_ACCESS: reply(in->unique, 0, 0, 0); break;
	case FUSE_STATFS: reply(in->unique, 0, &statistics, sizeof statistics); break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT: break;
	default: reply(in->unique, -ENOSYS, 0, 0);
	}
}

int main(int argc, char **argv)
{
	char options[128];
	const char *flush_ms = getenv("RECORD_FLUSH_MS"); /* a flush takes so long, as on a disk */
	if (flush_ms)
		flush_us = atoi(flush_ms) * 1000;
	if (argc < 4 || argc > 3 + MAX_IMAGES) {
		fprintf(stderr, "usage: record-writes MOUNTPOINT LOG IMAGE...\n");
		return 2;
	}
	image_count = argc - 3;
	for (int i = 0; i < image_count; i++)
		if ((images[i] = open(argv[3 + i], O_RDWR | O_CLOEXEC)) < 0)
			die(argv[3 + i]);
	if ((logfile = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0)
		die(argv[2]);
	if ((device = open("/dev/fuse", O_RDWR | O_CLOEXEC)) < 0)
		die("/dev/fuse");
	snprintf(options, sizeof options, "fd=%d,rootmode=40700,user_id=0,group_id=0,allow_other", device);
	if (mount("record-writes", argv[1], "fuse.record-writes", MS_NOSUID | MS_NODEV, options))
		die(argv[1]);
	puts("ready");
	fflush(stdout);
	for (;;) {
		ssize_t bytes = read(device, request, sizeof request);
		if (bytes < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT))
			continue;
		if (bytes < 0)
			break; /* ENODEV: unmounted */
		serve((struct fuse_in_header *)request);
	}
	return 0;
}
