/*
 * What reading inodes from the device costs at best: the chunks that the kernel tells (INUMBERS), neighbours joined into
 * reads of up to 512 KiB past the page cache, a few of them under way while one is parsed into columns, the attribute found
 * and its checksum verified, in C, with the same batches and limits as hsmck.
 *
 *   device-reference MOUNT DEVICE THREADS [--all-columns] [--verify-crc] [--read-only]
 *
 * --all-columns  sizes, times, owners and the rest too; without it what a count by state needs
 * --verify-crc   also verifies the checksum of each inode (slicing by sixteen)
 * --read-only    reads the same extents in the same order and parses nothing: the device's own bandwidth
 *
 * Prints one line of JSON: inodes, managed, bytes, seconds, cpuSeconds.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xfs/xfs.h>

enum {
	CHUNKS_PER_FETCH = 1024, CHUNK_INODES = 64, SPAN_CHUNKS = 64, SPAN_BYTES = 512 * 1024, GAP_BYTES = 64 * 1024,
	SPANS = 4, ALIGNMENT = 4096, ROWS = 2048, ATTRIBUTE_BYTES = 64, CORE_BYTES = 176, STATES = 16, SLICES = 16,
};

struct span {
	uint8_t *bytes;
	uint64_t from, length;
	uint32_t count, ag_ino[SPAN_CHUNKS];
	uint64_t mask[SPAN_CHUNKS];
	int state; /* 0 free, 1 read, 2 the end */
};

struct columns {
	uint32_t ino_low[ROWS], ino_high[ROWS], gen[ROWS], mode[ROWS], xflags[ROWS], nlink[ROWS], uid[ROWS], gid[ROWS], projid[ROWS];
	uint64_t size[ROWS], blocks[ROWS];
	int64_t mtime[ROWS], ctime[ROWS];
	uint8_t status[ROWS], state[ROWS], attributes[ROWS][ATTRIBUTE_BYTES];
	uint32_t count;
};

struct worker {
	pthread_t parser, reader;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct span spans[SPANS];
	struct columns rows;
	uint64_t inodes, managed, bytes, states[STATES];
	int mount_fd;
	uint32_t group;
};

static const char *mount_path;
static int all_columns, verify_crc, read_only, device_fd, ag_ino_bits;
static struct xfs_fsop_geom geometry;
static uint8_t meta_uuid[16];
/* Real-time bitmap and summary, quota: in no folder. */
static uint64_t internal_inos[5];
static atomic_uint next_group;
static uint32_t tables[SLICES][256];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint16_t at16(const uint8_t *p) { uint16_t v; memcpy(&v, p, 2); return be16toh(v); }
static uint32_t at32(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return be32toh(v); }
static uint64_t at64(const uint8_t *p) { uint64_t v; memcpy(&v, p, 8); return be64toh(v); }
static uint32_t word(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return v; }

static void make_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (0x82f63b78u & -(crc & 1));
		tables[0][i] = crc;
	}
	for (int slice = 1; slice < SLICES; slice++)
		for (uint32_t i = 0; i < 256; i++)
			tables[slice][i] = (tables[slice - 1][i] >> 8) ^ tables[0][tables[slice - 1][i] & 0xff];
}

static uint32_t slice4(int slice, uint32_t w)
{
	return tables[slice + 3][w & 0xff] ^ tables[slice + 2][w >> 8 & 0xff] ^ tables[slice + 1][w >> 16 & 0xff] ^ tables[slice][w >> 24];
}

/* The checksum with its own field, at `field`, taken as zero; lengths are multiples of 16. */
static int is_intact(const uint8_t *bytes, uint32_t length, uint32_t field)
{
	uint32_t crc = ~0u, stored = word(bytes + field);
	for (uint32_t at = 0; at < length; at += 16) {
		uint32_t w[4];
		memcpy(w, bytes + at, 16);
		if (at == (field & ~15u))
			w[(field & 15) >> 2] = 0;
		crc = slice4(12, w[0] ^ crc) ^ slice4(8, w[1]) ^ slice4(4, w[2]) ^ slice4(0, w[3]);
	}
	return ~crc == stored;
}

/* Where the value of trusted.hsmck starts; NULL if the inode has none of the right length. */
static const uint8_t *find_attribute(const uint8_t *inode)
{
	uint32_t fork_offset = inode[82] * 8u;
	if (fork_offset == 0 || inode[83] != 1)
		return NULL;
	const uint8_t *at = inode + CORE_BYTES + fork_offset, *end = at + at16(at);
	if (end > inode + geometry.inodesize)
		return NULL;
	int count = at[2];
	at += 4;
	for (int i = 0; i < count && at + 3 <= end; i++) {
		const uint8_t *name = at + 3, *next = name + at[0] + at[1];
		if (next > end)
			return NULL;
		if (at[0] == 5 && at[2] == 2 && memcmp(name, "hsmck", 5) == 0)
			return at[1] == ATTRIBUTE_BYTES ? name + 5 : NULL;
		at = next;
	}
	return NULL;
}

static int64_t time_at(const uint8_t *p, uint64_t flags2)
{
	if (flags2 & 8)
		return (int64_t)(at64(p) - (uint64_t)(1ll << 31) * 1000000000ull);
	return (int64_t)(int32_t)at32(p) * 1000000000ll + at32(p + 4);
}

static void hand_on(struct worker *w)
{
	struct columns *rows = &w->rows;
	for (uint32_t row = 0; row < rows->count; row++) {
		const uint8_t *value = rows->attributes[row];
		rows->state[row] = 0;
		if (rows->status[row] != 0) {
			w->managed++;
			int is_own = is_intact(value, ATTRIBUTE_BYTES, 4) && value[0] == 1 && word(value + 32) == rows->ino_low[row] &&
				     word(value + 36) == rows->ino_high[row] && word(value + 40) == rows->gen[row];
			rows->state[row] = is_own ? value[1] & (STATES - 1) : STATES - 1;
		}
		w->states[rows->state[row]]++;
	}
	w->inodes += rows->count;
	rows->count = 0;
}

static void take_inode(struct worker *w, const uint8_t *inode, uint64_t ino)
{
	struct columns *rows = &w->rows;
	if (at16(inode) != 0x494e || inode[4] != 3 || at64(inode + 152) != ino || memcmp(inode + 160, meta_uuid, 16) != 0)
		return;
	if (verify_crc && !is_intact(inode, geometry.inodesize, 100))
		return;
	for (int i = 0; i < 5; i++)
		if (ino == internal_inos[i])
			return;
	uint32_t nlink = at32(inode + 16), mode = at16(inode + 2);
	if (mode == 0 || nlink == 0)
		return;
	if (rows->count == ROWS)
		hand_on(w);
	uint32_t row = rows->count++;
	rows->ino_low[row] = (uint32_t)ino;
	rows->ino_high[row] = ino >> 32;
	rows->gen[row] = at32(inode + 92);
	rows->mode[row] = mode;
	uint64_t flags2 = at64(inode + 120);
	rows->xflags[row] = at16(inode + 90) | (flags2 & 1 ? 0x8000 : 0) | (inode[82] ? 0x80000000u : 0);
	const uint8_t *value = S_ISREG(mode) ? find_attribute(inode) : NULL;
	rows->status[row] = value != NULL;
	if (value)
		memcpy(rows->attributes[row], value, ATTRIBUTE_BYTES);
	if (!all_columns)
		return;
	rows->nlink[row] = nlink;
	rows->uid[row] = at32(inode + 8);
	rows->gid[row] = at32(inode + 12);
	rows->projid[row] = at16(inode + 20) + ((uint32_t)at16(inode + 22) << 16);
	rows->size[row] = at64(inode + 56);
	rows->blocks[row] = at64(inode + 64) * (geometry.blocksize / 512);
	rows->mtime[row] = time_at(inode + 40, flags2);
	rows->ctime[row] = time_at(inode + 48, flags2);
}

static uint64_t group_byte(uint32_t group)
{
	return (uint64_t)group * geometry.agblocks * geometry.blocksize;
}

static void parse_span(struct worker *w, const struct span *span)
{
	w->bytes += span->length;
	if (read_only)
		return;
	for (uint32_t index = 0; index < span->count; index++) {
		uint64_t at = group_byte(w->group) + (uint64_t)span->ag_ino[index] * geometry.inodesize - span->from;
		uint64_t ino = ((uint64_t)w->group << ag_ino_bits) + span->ag_ino[index];
		for (int bit = 0; bit < CHUNK_INODES; bit++)
			if (span->mask[index] >> bit & 1)
				take_inode(w, span->bytes + at + (uint64_t)bit * geometry.inodesize, ino + bit);
	}
}

static struct span *await_state(struct worker *w, struct span *span, int least, int most)
{
	pthread_mutex_lock(&w->mutex);
	while (span->state < least || span->state > most)
		pthread_cond_wait(&w->changed, &w->mutex);
	pthread_mutex_unlock(&w->mutex);
	return span;
}

static void set_state(struct worker *w, struct span *span, int state)
{
	pthread_mutex_lock(&w->mutex);
	span->state = state;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->mutex);
}

static void read_span(struct worker *w, struct span *span)
{
	if (span->count > 0 && pread(device_fd, span->bytes, span->length, span->from) != (ssize_t)span->length)
		die("pread");
	set_state(w, span, span->count > 0 ? 1 : 2);
}

/* Plans and reads the spans of a group, as far ahead as there is room. */
static void *read_ahead(void *argument)
{
	struct worker *w = argument;
	struct xfs_inumbers_req *chunks = calloc(1, XFS_INUMBERS_REQ_SIZE(CHUNKS_PER_FETCH));
	uint32_t next = 0, turn = 0;
	uint64_t end = 0, cursor = (uint64_t)w->group << ag_ino_bits;
	struct span *span = await_state(w, &w->spans[0], 0, 0);
	for (span->count = 0;;) {
		if (next == chunks->hdr.ocount) {
			memset(&chunks->hdr, 0, sizeof(chunks->hdr));
			chunks->hdr.flags = XFS_BULK_IREQ_AGNO;
			chunks->hdr.agno = w->group;
			chunks->hdr.ino = cursor;
			chunks->hdr.icount = CHUNKS_PER_FETCH;
			if (ioctl(w->mount_fd, XFS_IOC_INUMBERS, chunks) < 0)
				die("XFS_IOC_INUMBERS");
			if (chunks->hdr.ocount == 0)
				break;
			cursor = chunks->hdr.ino;
			next = 0;
		}
		const struct xfs_inumbers *chunk = &chunks->inumbers[next++];
		uint64_t mask = chunk->xi_allocmask;
		if (mask == 0)
			continue;
		uint32_t ag_ino = chunk->xi_startino & ((1ull << ag_ino_bits) - 1);
		uint64_t base = group_byte(w->group) + (uint64_t)ag_ino * geometry.inodesize;
		uint64_t first = (base + (uint64_t)__builtin_ctzll(mask) * geometry.inodesize) & ~(uint64_t)(ALIGNMENT - 1);
		uint64_t last = base + (64 - (uint64_t)__builtin_clzll(mask)) * geometry.inodesize;
		last = (last + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
		if (span->count > 0 && (span->count == SPAN_CHUNKS || first > end + GAP_BYTES || last - span->from > SPAN_BYTES)) {
			read_span(w, span);
			turn = (turn + 1) % SPANS;
			span = await_state(w, &w->spans[turn], 0, 0);
			span->count = 0;
		}
		if (span->count == 0)
			span->from = first;
		end = last;
		span->length = end - span->from;
		span->ag_ino[span->count] = ag_ino;
		span->mask[span->count++] = mask;
	}
	if (span->count > 0) {
		read_span(w, span);
		span = await_state(w, &w->spans[(turn + 1) % SPANS], 0, 0);
		span->count = 0;
	}
	read_span(w, span);
	free(chunks);
	return NULL;
}

static void scan_group(struct worker *w)
{
	for (int i = 0; i < SPANS; i++)
		w->spans[i].state = 0;
	if (pthread_create(&w->reader, NULL, read_ahead, w) != 0)
		die("pthread_create");
	for (uint32_t turn = 0;; turn = (turn + 1) % SPANS) {
		struct span *span = await_state(w, &w->spans[turn], 1, 2);
		if (span->state == 2)
			break;
		parse_span(w, span);
		set_state(w, span, 0);
	}
	hand_on(w);
	pthread_join(w->reader, NULL);
}

static void *work(void *argument)
{
	struct worker *w = argument;
	for (int i = 0; i < SPANS; i++)
		if (posix_memalign((void **)&w->spans[i].bytes, ALIGNMENT, SPAN_BYTES) != 0)
			die("posix_memalign");
	w->mount_fd = open(mount_path, O_RDONLY | O_DIRECTORY);
	if (w->mount_fd < 0)
		die(mount_path);
	while ((w->group = atomic_fetch_add(&next_group, 1)) < geometry.agcount)
		scan_group(w);
	return NULL;
}

static void read_superblock(const char *device)
{
	uint8_t *sector;
	device_fd = open(device, O_RDONLY | O_DIRECT);
	if (device_fd < 0 || posix_memalign((void **)&sector, ALIGNMENT, ALIGNMENT) != 0 || pread(device_fd, sector, ALIGNMENT, 0) != ALIGNMENT)
		die(device);
	ag_ino_bits = sector[124] + sector[123];
	memcpy(meta_uuid, sector + (at32(sector + 216) & 4 ? 248 : 32), sizeof(meta_uuid));
	static const int places[] = { 64, 72, 160, 168, 232 };
	for (int i = 0; i < 5; i++)
		internal_inos[i] = at64(sector + places[i]);
	free(sector);
}

static double now_seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "usage: %s MOUNT DEVICE THREADS [--all-columns] [--verify-crc] [--read-only]\n", argv[0]);
		return 16;
	}
	mount_path = argv[1];
	int threads = atoi(argv[3]);
	for (int i = 4; i < argc; i++) {
		all_columns |= strcmp(argv[i], "--all-columns") == 0;
		verify_crc |= strcmp(argv[i], "--verify-crc") == 0;
		read_only |= strcmp(argv[i], "--read-only") == 0;
	}
	make_tables();
	int fd = open(mount_path, O_RDONLY | O_DIRECTORY);
	if (fd < 0 || ioctl(fd, XFS_IOC_FSGEOMETRY, &geometry) < 0)
		die(mount_path);
	read_superblock(argv[2]);

	double start = now_seconds();
	struct worker *workers = calloc(threads, sizeof(*workers));
	for (int i = 0; i < threads; i++) {
		pthread_mutex_init(&workers[i].mutex, NULL);
		pthread_cond_init(&workers[i].changed, NULL);
		if (pthread_create(&workers[i].parser, NULL, work, &workers[i]) != 0)
			die("pthread_create");
	}
	uint64_t inodes = 0, managed = 0, bytes = 0;
	for (int i = 0; i < threads; i++) {
		pthread_join(workers[i].parser, NULL);
		inodes += workers[i].inodes;
		managed += workers[i].managed;
		bytes += workers[i].bytes;
	}
	double seconds = now_seconds() - start;
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	double cpu = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	printf("{\"inodes\":%llu,\"managed\":%llu,\"bytes\":%llu,\"seconds\":%.6f,\"cpuSeconds\":%.6f}\n", (unsigned long long)inodes,
	       (unsigned long long)managed, (unsigned long long)bytes, seconds, cpu);
	return 0;
}
