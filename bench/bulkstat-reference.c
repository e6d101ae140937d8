/*
 * What the kernel gives at best: the same calls that `hsmck scan --count` makes, from C, with the same number of
 * threads, the same batches and the same partition (allocation groups from a shared queue).
 *
 *   bulkstat-reference MOUNT THREADS [--inumbers] [--attributes]
 *
 * --inumbers    also asks for the allocated inodes of each range, as hsmck does to prove a scan complete
 * --attributes  also reads trusted.hsmck by handle of each regular file that may have attributes
 *
 * Prints one line of JSON: inodes, managed, seconds.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xfs/xfs.h>
#include <xfs/handle.h>

enum { BATCH_INODES = 4096, CHUNKS_PER_FETCH = 1024, VALUE_BYTES = 256, FID_LENGTH = 14 };

static const char *mount_path;
static int with_inumbers, with_attributes;
static struct xfs_fsop_geom geometry;
static uint8_t fsid[8];
static atomic_uint next_group;
static atomic_ullong inodes_total, managed_total, allocated_total;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int open_mount(void)
{
	int fd = open(mount_path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		die(mount_path);
	return fd;
}

static void read_fsid(int fd)
{
	uint8_t handle[64];
	uint32_t length = sizeof(handle);
	struct xfs_fsop_handlereq request = {
		.path = (void *)mount_path, .ohandle = handle, .ohandlen = &length };
	if (ioctl(fd, XFS_IOC_PATH_TO_FSHANDLE, &request) < 0)
		die("XFS_IOC_PATH_TO_FSHANDLE");
	memcpy(fsid, handle, sizeof(fsid));
}

/* 1 if the inode has the attribute. */
static int has_attribute(int fd, const struct xfs_bulkstat *inode)
{
	char value[VALUE_BYTES];
	struct xfs_handle handle = { .ha_fid = {
		.fid_len = FID_LENGTH, .fid_gen = inode->bs_gen, .fid_ino = inode->bs_ino } };
	memcpy(&handle.ha_fsid, fsid, sizeof(fsid));
	struct xfs_attr_multiop op = { .am_opcode = ATTR_OP_GET, .am_attrname = "hsmck",
		.am_attrvalue = value, .am_length = sizeof(value), .am_flags = XFS_IOC_ATTR_ROOT };
	struct xfs_fsop_attrmulti_handlereq request = {
		.hreq = { .ihandle = &handle, .ihandlen = sizeof(handle) }, .opcount = 1, .ops = &op };
	return ioctl(fd, XFS_IOC_ATTRMULTI_BY_HANDLE, &request) == 0 && op.am_error == 0;
}

/* Moves the window of allocated inodes up until it covers `end`. */
static uint64_t read_chunks(int fd, struct xfs_inumbers_req *chunks, uint32_t group, uint64_t covered, uint64_t end)
{
	while (covered < end) {
		memset(&chunks->hdr, 0, sizeof(chunks->hdr));
		chunks->hdr.flags = XFS_BULK_IREQ_AGNO;
		chunks->hdr.agno = group;
		chunks->hdr.ino = covered;
		chunks->hdr.icount = CHUNKS_PER_FETCH;
		if (ioctl(fd, XFS_IOC_INUMBERS, chunks) < 0)
			die("XFS_IOC_INUMBERS");
		if (chunks->hdr.ocount == 0)
			return UINT64_MAX;
		unsigned long long allocated = 0;
		for (uint32_t i = 0; i < chunks->hdr.ocount; i++)
			allocated += chunks->inumbers[i].xi_alloccount;
		atomic_fetch_add(&allocated_total, allocated);
		covered = chunks->hdr.ino;
	}
	return covered;
}

static void scan_group(int fd, uint32_t group, struct xfs_bulkstat_req *request, struct xfs_inumbers_req *chunks)
{
	unsigned long long inodes = 0, managed = 0;
	uint64_t cursor = 0, covered = 0;
	for (;;) {
		memset(&request->hdr, 0, sizeof(request->hdr));
		request->hdr.flags = XFS_BULK_IREQ_AGNO | XFS_BULK_IREQ_NREXT64;
		request->hdr.agno = group;
		request->hdr.ino = cursor;
		request->hdr.icount = BATCH_INODES;
		if (ioctl(fd, XFS_IOC_BULKSTAT, request) < 0)
			die("XFS_IOC_BULKSTAT");
		if (with_inumbers)
			covered = read_chunks(fd, chunks, group, covered, request->hdr.ino);
		if (request->hdr.ocount == 0)
			break;
		cursor = request->hdr.ino;
		for (uint32_t i = 0; i < request->hdr.ocount; i++) {
			const struct xfs_bulkstat *inode = &request->bulkstat[i];
			if (inode->bs_nlink == 0)
				continue;
			inodes++;
			if (with_attributes && S_ISREG(inode->bs_mode) && (inode->bs_xflags & FS_XFLAG_HASATTR))
				managed += has_attribute(fd, inode);
		}
	}
	atomic_fetch_add(&inodes_total, inodes);
	atomic_fetch_add(&managed_total, managed);
}

static void *work(void *unused)
{
	int fd = open_mount();
	struct xfs_bulkstat_req *request = malloc(XFS_BULKSTAT_REQ_SIZE(BATCH_INODES));
	struct xfs_inumbers_req *chunks = malloc(XFS_INUMBERS_REQ_SIZE(CHUNKS_PER_FETCH));
	if (!request || !chunks)
		die("malloc");
	for (uint32_t group; (group = atomic_fetch_add(&next_group, 1)) < geometry.agcount;)
		scan_group(fd, group, request, chunks);
	free(request);
	free(chunks);
	close(fd);
	return unused;
}

static double now_seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: %s MOUNT THREADS [--inumbers] [--attributes]\n", argv[0]);
		return 16;
	}
	mount_path = argv[1];
	int threads = atoi(argv[2]);
	for (int i = 3; i < argc; i++) {
		with_inumbers |= strcmp(argv[i], "--inumbers") == 0;
		with_attributes |= strcmp(argv[i], "--attributes") == 0;
	}
	int fd = open_mount();
	if (ioctl(fd, XFS_IOC_FSGEOMETRY, &geometry) < 0)
		die("XFS_IOC_FSGEOMETRY");
	read_fsid(fd);

	double start = now_seconds();
	pthread_t *workers = calloc(threads, sizeof(*workers));
	for (int i = 0; i < threads; i++)
		if (pthread_create(&workers[i], NULL, work, NULL) != 0)
			die("pthread_create");
	for (int i = 0; i < threads; i++)
		pthread_join(workers[i], NULL);
	double seconds = now_seconds() - start;

	printf("{\"inodes\":%llu,\"managed\":%llu,\"seconds\":%.6f}\n", (unsigned long long)inodes_total,
	       (unsigned long long)managed_total, seconds);
	return 0;
}
