/*
 * A user of one file: does one thing to it, durably, and says so. Usage: actor ACTION FILE STATUS
 * STATUS gets the letter 'b' before the first system call that could wait for a lease, 'd' when what was done is durable,
 * 'w' if the actor would not wait and was turned away. What is written: the second block, every byte FILL.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { BLOCK = 4096, FILL = 0xa5, DOWN_BYTES = 6000, UP_BYTES = 50000, REWRITTEN_BYTES = 9000 };

static const char *file;
static int status_fd;

static void check(int ok, const char *what) {
  if (ok) return;
  fprintf(stderr, "actor: %s %s: %s\n", what, file, strerror(errno));
  exit(1);
}

static void say(char letter) { check(write(status_fd, &letter, 1) == 1, "status"); }

static int open_file(int flags) {
  int fd = open(file, flags);
  check(fd >= 0, "open");
  return fd;
}

/* By a descriptor of its own, where the change was made without one. */
static void sync_file(void) {
  int fd = open_file(O_RDONLY);
  check(fsync(fd) == 0, "fsync");
  close(fd);
}

static void sync_folder(void) {
  char copy[PATH_MAX];
  snprintf(copy, sizeof copy, "%s", file);
  int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY);
  check(fd >= 0 && fsync(fd) == 0, "fsync of the folder of");
  close(fd);
}

static char *block_of_fill(void) {
  void *block = NULL;
  check(posix_memalign(&block, BLOCK, BLOCK) == 0, "memory for");
  memset(block, FILL, BLOCK);
  return block;
}

static void overwrite(int flags) {
  int fd = open_file(O_RDWR | flags);
  check(pwrite(fd, block_of_fill(), BLOCK, BLOCK) == BLOCK && fdatasync(fd) == 0, "write");
  close(fd);
}

static void act_open(void) { close(open_file(O_RDWR)); }

static void act_open_impatient(void) {
  int fd = open(file, O_RDWR | O_NONBLOCK);
  check(fd >= 0 || errno == EAGAIN, "open");
  if (fd < 0) say('w');
  else close(fd);
}

static void act_read(void) {
  static char buffer[1 << 16];
  int fd = open_file(O_RDONLY);
  check(read(fd, buffer, sizeof buffer) >= 0, "read");
  close(fd);
}

static void act_write(void) { overwrite(0); }
static void act_direct(void) { overwrite(O_DIRECT); }

/* The descriptor is closed while the write is under way: nothing but the write itself holds the file open then. */
static void act_aio(void) {
  aio_context_t context = 0;
  struct io_event event;
  int fd = open_file(O_RDWR | O_DIRECT);
  struct iocb block = {.aio_lio_opcode = IOCB_CMD_PWRITE,
                       .aio_fildes = (unsigned)fd,
                       .aio_buf = (unsigned long)block_of_fill(),
                       .aio_nbytes = BLOCK,
                       .aio_offset = BLOCK};
  struct iocb *blocks[] = {&block};
  check(syscall(SYS_io_setup, 1, &context) == 0, "io_setup");
  check(syscall(SYS_io_submit, context, 1, blocks) == 1, "io_submit");
  close(fd);
  check(syscall(SYS_io_getevents, context, 1, 1, &event, NULL) == 1 && event.res == BLOCK, "io_getevents");
  sync_file();
}

/* The mapping outlives the descriptor. */
static void act_mmap(void) {
  int fd = open_file(O_RDWR);
  char *map = mmap(NULL, 2 * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  check(map != MAP_FAILED, "mmap");
  close(fd);
  memset(map + BLOCK, FILL, BLOCK);
  check(msync(map, 2 * BLOCK, MS_SYNC) == 0, "msync");
  munmap(map, 2 * BLOCK);
}

static void act_truncate_down(void) {
  check(truncate(file, DOWN_BYTES) == 0, "truncate");
  sync_file();
}

static void act_truncate_up(void) {
  check(truncate(file, UP_BYTES) == 0, "truncate");
  sync_file();
}

static void act_rewrite(void) {
  int fd = open_file(O_WRONLY | O_TRUNC);
  for (int done = 0; done < REWRITTEN_BYTES; done += 3000)
    check(write(fd, block_of_fill(), 3000) == 3000, "write");
  check(fsync(fd) == 0, "fsync");
  close(fd);
}

static void act_append(void) {
  int fd = open_file(O_WRONLY | O_APPEND);
  check(write(fd, block_of_fill(), 1000) == 1000 && fsync(fd) == 0, "append");
  close(fd);
}

static const char *beside(const char *suffix) {
  static char name[PATH_MAX];
  snprintf(name, sizeof name, "%s.%s", file, suffix);
  return name;
}

static void act_rename(void) {
  check(rename(file, beside("renamed")) == 0, "rename");
  sync_folder();
}

static void act_link(void) {
  check(link(file, beside("link")) == 0, "link");
  sync_folder();
}

static void act_unlink(void) {
  check(unlink(file) == 0, "unlink");
  sync_folder();
}

/* As editors save: a new file takes the place of the old one. */
static void act_replace(void) {
  int fd = open(beside("new"), O_WRONLY | O_CREAT | O_EXCL, 0600);
  check(fd >= 0 && write(fd, block_of_fill(), BLOCK) == BLOCK && fsync(fd) == 0, "write");
  close(fd);
  check(rename(beside("new"), file) == 0, "rename");
  sync_folder();
}

/* What only the inode holds becomes durable with any later fsync on XFS; the folder's never waits for a lease. */
static void act_chmod(void) {
  check(chmod(file, 0640) == 0, "chmod");
  sync_folder();
}

static void act_chown(void) {
  check(chown(file, 7, 8) == 0, "chown");
  sync_folder();
}

static void act_setxattr(void) {
  check(setxattr(file, "user.colour", "green", 5, 0) == 0, "setxattr");
  sync_folder();
}

static void act_utimens(void) {
  const struct timespec past[] = {{.tv_sec = 978307200}, {.tv_sec = 978307200, .tv_nsec = 123456789}};
  check(utimensat(AT_FDCWD, file, past, 0) == 0, "utimensat");
  sync_folder();
}

/* A write that hides: times as they were. */
static void act_write_utimens(void) {
  struct stat before;
  check(stat(file, &before) == 0, "stat");
  int fd = open_file(O_RDWR);
  const struct timespec times[] = {before.st_atim, before.st_mtim};
  check(pwrite(fd, block_of_fill(), BLOCK, BLOCK) == BLOCK, "write");
  check(futimens(fd, times) == 0 && fsync(fd) == 0, "futimens");
  close(fd);
}

static void allocate(int mode) {
  int fd = open_file(O_RDWR);
  check(fallocate(fd, mode | FALLOC_FL_KEEP_SIZE, BLOCK, BLOCK) == 0 && fsync(fd) == 0, "fallocate");
  close(fd);
}

static void act_punch(void) { allocate(FALLOC_FL_PUNCH_HOLE); }
static void act_zero(void) { allocate(FALLOC_FL_ZERO_RANGE); }

/* Other extents over the second block, without a write. */
static void act_clone(void) {
  int source = open(beside("source"), O_RDWR | O_CREAT | O_EXCL, 0600);
  check(source >= 0 && write(source, block_of_fill(), BLOCK) == BLOCK && fsync(source) == 0, "write");
  int fd = open_file(O_RDWR);
  struct file_clone_range range = {.src_fd = source, .src_length = BLOCK, .dest_offset = BLOCK};
  check(ioctl(fd, FICLONERANGE, &range) == 0 && fsync(fd) == 0, "clone");
  close(fd);
  close(source);
  check(unlink(beside("source")) == 0, "unlink");
}

static const struct {
  const char *name;
  void (*act)(void);
} ACTIONS[] = {
    {"open", act_open},
    {"open-impatient", act_open_impatient},
    {"read", act_read},
    {"write", act_write},
    {"direct", act_direct},
    {"aio", act_aio},
    {"mmap", act_mmap},
    {"truncate-down", act_truncate_down},
    {"truncate-up", act_truncate_up},
    {"rewrite", act_rewrite},
    {"append", act_append},
    {"rename", act_rename},
    {"link", act_link},
    {"unlink", act_unlink},
    {"replace", act_replace},
    {"chmod", act_chmod},
    {"chown", act_chown},
    {"setxattr", act_setxattr},
    {"utimens", act_utimens},
    {"write-utimens", act_write_utimens},
    {"punch", act_punch},
    {"zero", act_zero},
    {"clone", act_clone},
};

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  file = argv[2];
  status_fd = open(argv[3], O_WRONLY | O_CREAT | O_APPEND, 0600);
  check(status_fd >= 0, "status");
  for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++) {
    if (strcmp(ACTIONS[i].name, argv[1]) != 0) continue;
    say('b');
    ACTIONS[i].act();
    say('d');
    return 0;
  }
  return 2;
}
