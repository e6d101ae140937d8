/*
 * Users at work, all at once, until SIGTERM or until the filesystem is gone. Usage: load FOLDER LOGS SEED FIRST_SEQUENCE
 *
 * Eight writers with six files each overwrite (buffered, past the page cache, asynchronously, through a mapping), append
 * and truncate; others read, rename, link, unlink, and change what is not data. A writer keeps a log on another
 * filesystem, a line before each change ("a ...", attempted) and one after the call that made it durable has returned
 * ("d ..."): "w FILE BLOCK COUNT SEQUENCE", "t FILE BLOCKS SEQUENCE" (the new length), "c FILE" and "u FILE" (created, unlinked). Every block
 * says of which file, block and sequence it is, and its other bytes follow from that.
 *
 * Exit status: 0; 3 if a writer found other bytes than it wrote, and no mark that says so; 4 for an unexpected error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/aio_abi.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { BLOCK = 4096, WRITERS = 8, FILES_EACH = 6, FILES = WRITERS * FILES_EACH, VICTIMS = 6, BLOCKS_MAX = 40 };
enum { FOUND_LOST = 3, UNEXPECTED = 4 };
enum { MAGIC = 0x68736d63, WORDS = BLOCK / 4 };

static const char *folder, *logs;
static uint32_t seed;
static volatile int *stop;
static uint32_t sequence;
static int log_fd = -1;
static uint32_t random_state;

/* xorshift32: the checker computes the same in JavaScript. */
static uint32_t next(uint32_t *state) {
  uint32_t x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}

static uint32_t below(uint32_t limit) { return next(&random_state) % limit; }
static void think(uint32_t microseconds) { usleep(below(microseconds)); }

/* The filesystem was shut down, or the file is renamed or gone just now: not worth a word. */
static void end_of_world(void) {
  if (errno == EIO || errno == ESHUTDOWN) _exit(0);
}

static void check(int ok, const char *what) {
  if (ok) return;
  end_of_world();
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  _exit(UNEXPECTED);
}

static void note(char phase, const char *what) {
  char line[128];
  int length = snprintf(line, sizeof line, "%c %s\n", phase, what);
  if (write(log_fd, line, length) != length) _exit(UNEXPECTED);
}

static void fill(uint32_t *words, uint32_t file, uint32_t block, uint32_t number) {
  uint32_t state = (seed ^ file * 2654435761u ^ block * 40503u ^ number * 2246822519u) | 1;
  words[0] = MAGIC, words[1] = file, words[2] = block, words[3] = number;
  for (int i = 4; i < WORDS; i++) words[i] = next(&state) | 1;
}

/*
 * A sync that the shutdown overtakes may return 0: XFS finds nothing left to be forced, because the log was dropped. The
 * next one says EIO then, so what is believed to be durable is what was so before the shutdown began. A machine that
 * loses its power has nobody left to believe anything.
 */
static void confirm(int fd) { check(fsync(fd) == 0, "second fsync"); }

/* ---- a writer's own files --------------------------------------------------------------------------------------- */

struct owned {
  uint32_t file;
  uint32_t blocks;
  uint32_t known[BLOCKS_MAX]; /* sequence of what each block has, 0: not known */
};

/* The renamer moves files to and fro. */
static int open_file(uint32_t file, int flags) {
  char name[PATH_MAX];
  for (int attempt = 0; attempt < 1000; attempt++) {
    snprintf(name, sizeof name, "%s/f%03u%s", folder, file, attempt % 2 ? ".renamed" : "");
    int fd = open(name, flags);
    if (fd >= 0) return fd;
    if (errno != ENOENT) break;
  }
  check(0, "open");
  return -1;
}

static void *aligned(size_t bytes) {
  static void *memory;
  if (memory == NULL) check(posix_memalign(&memory, BLOCK, BLOCKS_MAX * BLOCK) == 0, "memory");
  return bytes <= BLOCKS_MAX * BLOCK ? memory : NULL;
}

static int is_away(int fd) {
  unsigned char mark[64];
  ssize_t length = fgetxattr(fd, "trusted.hsmck", mark, sizeof mark);
  /* releasing, offline, recalling */
  return length == sizeof mark && mark[1] >= 3 && mark[1] <= 5;
}

/* While we have it open nothing is migrated: what we wrote is there, or the mark says that it is away. */
static void look(int fd, struct owned *own, uint32_t block) {
  uint32_t found[WORDS], wanted[WORDS];
  if (own->known[block] == 0) return;
  check(pread(fd, found, BLOCK, (off_t)block * BLOCK) == BLOCK, "read");
  fill(wanted, own->file, block, own->known[block]);
  if (memcmp(found, wanted, BLOCK) == 0) return;
  int zeros = 1;
  for (int i = 0; i < WORDS; i++) zeros &= found[i] == 0;
  if (zeros && is_away(fd)) return;
  fprintf(stderr, "load: file %u block %u: wrote %u, found %s %u of file %u block %u\n", own->file, block,
          own->known[block], zeros ? "zeros" : "sequence", found[3], found[1], found[2]);
  _exit(FOUND_LOST);
}

static void put_buffered(int fd, void *data, size_t bytes, off_t at) {
  check(pwrite(fd, data, bytes, at) == (ssize_t)bytes && fdatasync(fd) == 0, "write");
}

static void put_asynchronous(int fd, void *data, size_t bytes, off_t at) {
  static aio_context_t context;
  struct io_event event;
  struct iocb block = {.aio_lio_opcode = IOCB_CMD_PWRITE,
                       .aio_fildes = (unsigned)fd,
                       .aio_buf = (unsigned long)data,
                       .aio_nbytes = bytes,
                       .aio_offset = at};
  struct iocb *all[] = {&block};
  if (context == 0) check(syscall(SYS_io_setup, 4, &context) == 0, "io_setup");
  check(syscall(SYS_io_submit, context, 1, all) == 1, "io_submit");
  check(syscall(SYS_io_getevents, context, 1, 1, &event, NULL) == 1, "io_getevents");
  if (event.res < 0) errno = -event.res;
  check(event.res == (long long)bytes && fdatasync(fd) == 0, "asynchronous write");
}

static void put_mapped(int fd, void *data, size_t bytes, off_t at) {
  char *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, at);
  check(map != MAP_FAILED, "mmap");
  memcpy(map, data, bytes);
  check(msync(map, bytes, MS_SYNC) == 0, "msync");
  munmap(map, bytes);
}

typedef void put_function(int fd, void *data, size_t bytes, off_t at);

static void change(struct owned *own, uint32_t block, uint32_t count, int flags, put_function *put) {
  char *data = aligned(count * BLOCK);
  char record[96];
  int fd = open_file(own->file, O_RDWR | flags);
  for (uint32_t i = 0; i < count && !(flags & O_DIRECT) && block + i < own->blocks; i++) look(fd, own, block + i);
  sequence += 1;
  for (uint32_t i = 0; i < count; i++) fill((uint32_t *)(data + i * BLOCK), own->file, block + i, sequence);
  snprintf(record, sizeof record, "w %u %u %u %u", own->file, block, count, sequence);
  note('a', record);
  put(fd, data, count * BLOCK, (off_t)block * BLOCK);
  confirm(fd);
  note('d', record);
  for (uint32_t i = 0; i < count; i++) own->known[block + i] = sequence;
  if (block + count > own->blocks) own->blocks = block + count;
  close(fd);
}

static void overwrite(struct owned *own, int flags, put_function *put) {
  if (own->blocks == 0) return;
  uint32_t block = below(own->blocks), count = 1 + below(3);
  change(own, block, count < own->blocks - block ? count : own->blocks - block, flags, put);
}

static void cut(struct owned *own, uint32_t blocks) {
  char record[96];
  int fd = open_file(own->file, O_RDWR);
  sequence += 1;
  snprintf(record, sizeof record, "t %u %u %u", own->file, blocks, sequence);
  note('a', record);
  check(ftruncate(fd, (off_t)blocks * BLOCK) == 0 && fsync(fd) == 0, "truncate");
  confirm(fd);
  note('d', record);
  for (uint32_t block = blocks < own->blocks ? blocks : own->blocks; block < BLOCKS_MAX; block++) own->known[block] = 0;
  own->blocks = blocks;
  close(fd);
}

static void append(struct owned *own) {
  uint32_t count = 1 + below(3);
  if (own->blocks + count > BLOCKS_MAX) cut(own, 1 + below(BLOCKS_MAX / 2));
  change(own, own->blocks, count, 0, put_buffered);
}

static void act(struct owned *own, uint32_t kind) {
  switch (kind) {
  case 0: return overwrite(own, 0, put_buffered);
  case 1: return overwrite(own, O_DIRECT, put_buffered);
  case 2: return overwrite(own, O_DIRECT, put_asynchronous);
  case 3: return overwrite(own, 0, put_mapped);
  case 4: return append(own);
  case 5: return cut(own, below(BLOCKS_MAX));
  default: return act(own, below(6));
  }
}

static void sync_folder(void) {
  int fd = open(folder, O_RDONLY | O_DIRECTORY);
  check(fd >= 0 && fsync(fd) == 0, "fsync of the folder");
  confirm(fd);
  close(fd);
}

static void create(uint32_t file) {
  char name[PATH_MAX], record[96];
  snprintf(name, sizeof name, "%s/f%03u", folder, file);
  snprintf(record, sizeof record, "c %u", file);
  note('a', record);
  int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
  check(fd >= 0, "create");
  close(fd);
  sync_folder();
  note('d', record);
}

/* What is in the files from an earlier run, or new files. */
static void take_over(struct owned *own) {
  char name[PATH_MAX];
  struct stat stat;
  uint32_t words[WORDS];
  snprintf(name, sizeof name, "%s/f%03u.renamed", folder, own->file);
  int renamed = access(name, F_OK) == 0;
  snprintf(name, sizeof name, "%s/f%03u", folder, own->file);
  if (!renamed && access(name, F_OK) != 0) create(own->file);
  int fd = open_file(own->file, O_RDONLY);
  check(fstat(fd, &stat) == 0, "stat");
  own->blocks = stat.st_size / BLOCK;
  for (uint32_t block = 0; block < own->blocks; block++) {
    check(pread(fd, words, BLOCK, (off_t)block * BLOCK) == BLOCK, "read");
    own->known[block] = words[0] == MAGIC ? words[3] : 0;
  }
  close(fd);
  if (own->blocks == 0) change(own, 0, 4 + below(BLOCKS_MAX / 2), 0, put_buffered);
}

static void writer(uint32_t number) {
  static struct owned mine[FILES_EACH];
  for (int i = 0; i < FILES_EACH; i++) {
    mine[i].file = number * FILES_EACH + i;
    take_over(&mine[i]);
  }
  while (!*stop) {
    struct owned *own = &mine[below(FILES_EACH)];
    /* The last two do a bit of everything. */
    act(own, number);
    think(30000);
  }
}

/* ---- the others --------------------------------------------------------------------------------------------------- */

static const char *any_file(const char *suffix) {
  static char names[2][PATH_MAX];
  static int turn;
  char *name = names[turn ^= 1];
  snprintf(name, PATH_MAX, "%s/f%03u%s", folder, below(FILES), suffix);
  return name;
}

static void reader(void) {
  static char buffer[BLOCKS_MAX * BLOCK];
  int fd = open(any_file(below(2) ? "" : ".renamed"), O_RDONLY);
  if (fd < 0) return end_of_world();
  if (read(fd, buffer, sizeof buffer) < 0) end_of_world();
  close(fd);
}

static void renamer(void) {
  char from[PATH_MAX], to[PATH_MAX];
  uint32_t file = below(FILES), back = below(2);
  snprintf(from, sizeof from, "%s/f%03u%s", folder, file, back ? ".renamed" : "");
  snprintf(to, sizeof to, "%s/f%03u%s", folder, file, back ? "" : ".renamed");
  /* Only where the other name is free: a rename over the file itself would lose it. */
  if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) != 0) end_of_world();
}

static void linker(void) {
  char name[PATH_MAX];
  snprintf(name, sizeof name, "%s/link", folder);
  if (link(any_file(""), name) != 0) end_of_world();
  if (unlink(name) != 0) end_of_world();
}

static void meddler(void) {
  const char *name = any_file(below(2) ? "" : ".renamed");
  const struct timespec times[] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000 + below(1000)}};
  int result = 0;
  switch (below(4)) {
  case 0: result = chmod(name, 0600 + below(64)); break;
  case 1: result = chown(name, below(10), below(10)); break;
  case 2: result = setxattr(name, "user.colour", &random_state, 4, 0); break;
  default: result = utimensat(AT_FDCWD, name, times, 0); break;
  }
  if (result != 0) end_of_world();
}

/* Files that come and go; numbered behind the writers' files. */
static void unlinker(void) {
  static struct owned victims[VICTIMS];
  static uint32_t born;
  static uint32_t generation;
  char name[PATH_MAX], record[96];
  struct owned *own = &victims[born++ % VICTIMS];
  if (own->blocks > 0) {
    snprintf(name, sizeof name, "%s/f%03u", folder, own->file);
    snprintf(record, sizeof record, "u %u", own->file);
    note('a', record);
    check(unlink(name) == 0, "unlink");
    sync_folder();
    note('d', record);
    memset(own, 0, sizeof *own);
    return;
  }
  /* A name of its own for every file, in this run and all others. */
  own->file = sequence + FILES + generation++;
  create(own->file);
  change(own, 0, 1 + below(4), 0, put_buffered);
}

static void repeat(void (*once)(void), uint32_t microseconds) {
  while (!*stop) {
    once();
    think(microseconds);
  }
}

static void open_log(const char *name) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s.log", logs, name);
  log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  check(log_fd >= 0, "log");
}

static void worker(uint32_t number) {
  char name[32];
  random_state = (seed * 2654435761u + number * 40503u) | 1;
  snprintf(name, sizeof name, "worker-%u", number);
  open_log(name);
  if (number < WRITERS) writer(number);
  switch (number - WRITERS) {
  case 0: return repeat(unlinker, 100000);
  case 1: return repeat(renamer, 50000);
  case 2: return repeat(linker, 100000);
  case 3: return repeat(meddler, 200000);
  default: return repeat(reader, 50000);
  }
}

enum { WORKERS = WRITERS + 6 };

/* A page of a filesystem that was shut down cannot be had. */
static void on_bus_error(int signal) {
  (void)signal;
  _exit(0);
}

static void on_term(int signal) {
  (void)signal;
  *stop = 1;
}

int main(int argc, char **argv) {
  int worst = 0, status;
  if (argc != 5) return 2;
  folder = argv[1], logs = argv[2], seed = strtoul(argv[3], NULL, 10), sequence = strtoul(argv[4], NULL, 10);
  stop = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (stop == MAP_FAILED) return UNEXPECTED;
  for (uint32_t number = 0; number < WORKERS; number++) {
    pid_t pid = fork();
    if (pid < 0) return UNEXPECTED;
    if (pid > 0) continue;
    signal(SIGBUS, on_bus_error);
    worker(number);
    _exit(0);
  }
  signal(SIGTERM, on_term);
  while (wait(&status) > 0 || errno == EINTR) {
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : UNEXPECTED;
    if (code > worst) worst = code;
  }
  return worst;
}
