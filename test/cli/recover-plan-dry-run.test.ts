/**
 * A dry run writes nothing: the kernel is asked. strace sees every call that could change a file, of every thread, and
 * what is on disk before and after is compared byte by byte.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { programFile, runChild } from '../support/run-node.js';
import { CliWorld } from './cli-world.js';
import { stateOf, stateOfTree } from './world-state.js';

const OPENS = 'open,openat,openat2,creat';
const WRITES = 'write,pwrite64,writev,pwritev,pwritev2,sendfile,splice,copy_file_range,ftruncate,fallocate,fsetxattr';
const MORE_WRITES = 'fremovexattr,fchmod,fchown,mmap';
const BY_PATH = [
  'truncate,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,symlink,symlinkat,mknod,mknodat',
  'setxattr,lsetxattr,removexattr,lremovexattr,chmod,fchmodat,chown,lchown,fchownat,utime,utimes,utimensat,futimesat',
  'io_uring_setup',
].join(',');
const OTHERS = 'ioctl,fcntl,flock';

/** One line of strace -f -y: `12345 write(1</path>, ...) = 5`. */
interface Call {
  readonly name: string;
  readonly args: string;
  readonly failed: boolean;
  readonly line: string;
}

function parseCalls(trace: string): Call[] {
  const started = new Map<string, string>();
  return trace.split('\n').flatMap((raw): Call[] => {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(raw) ?? [];
    // A call that another thread's interrupted is in two lines.
    if (rest.endsWith(' <unfinished ...>')) {
      started.set(pid, rest.slice(0, -' <unfinished ...>'.length));
      return [];
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const line = resumed ? `${started.get(pid) ?? ''}${resumed[1] ?? ''}` : rest;
    const [, name, args] = /^(\w+)\((.*)$/.exec(line) ?? [];
    return name === undefined || args === undefined ? [] : [{ name, args, failed: / = -1 E/.test(line), line }];
  });
}

/** Pipes, eventfds and the like are no files; 1 and 2 are where output goes; -1 is how each libc function is tried out. */
const isNoFile = (args: string): boolean =>
  /^-1, |^(1|2)<|^\d+<(anon_inode|pipe|socket|UNIX|TCP|eventfd|\/dev\/(null|pts|tty))/.test(args);

const WRITING_IOCTL =
  /FICLONE|FIDEDUPE|SETFLAGS|FSSETXATTR|SETXATTR|FITRIM|SWAPEXT|EXCHANGE|RESVSP|ALLOCSP|FREESP|ZERO_RANGE|FIFREEZE|GOINGDOWN|SETVERSION/;

/** The calls that change something, or open it so that they could. */
function changes(calls: readonly Call[]): string[] {
  return calls
    .filter(({ name, args, failed }) => {
      if (OPENS.split(',').includes(name)) {
        return (
          !failed &&
          !args.includes('"/dev/null"') &&
          /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE|^"[^"]*", 0[0-7]+\)/.test(args)
        );
      }
      if (name === 'mmap') return /PROT_WRITE/.test(args) && /MAP_SHARED/.test(args) && !/MAP_ANONYMOUS/.test(args);
      if (name === 'ioctl') return WRITING_IOCTL.test(args);
      if (name === 'fcntl') return /F_SETLEASE, F_(WR|RD)LCK/.test(args);
      if (name === 'flock') return false;
      if (BY_PATH.split(',').includes(name)) return !failed;
      return !isNoFile(args);
    })
    .map(({ line }) => line);
}

const globals = (world: CliWorld): string[] => ['--catalog', world.catalogPath, '--threads', '2'];

async function trace(world: CliWorld, ...args: readonly string[]): Promise<{ status: number | null; calls: Call[] }> {
  const log = path.join(world.scratch.folder, `strace-${Math.random().toString(36).slice(2)}`);
  const filter = `trace=${[OPENS, WRITES, MORE_WRITES, BY_PATH, OTHERS].join(',')}`;
  const command = [process.execPath, programFile(), ...globals(world), ...args];
  const options = ['-f', '-y', '-qq', '-s', '64', '-e', filter, '-e', 'signal=none', '-o', log];
  // Whoever freezes a filesystem meanwhile leaves a flag, which a command looks at.
  const env = { HSMCK_RUN_FOLDER: path.join(world.scratch.folder, 'run') };
  const { status } = await runChild('strace', [...options, ...command], { env });
  const calls = parseCalls(fs.readFileSync(log, 'latin1'));
  fs.rmSync(log);
  return { status, calls };
}

const digest = (file: string): string =>
  fs.existsSync(file) ? createHash('sha256').update(fs.readFileSync(file)).digest('hex') : 'none';

/** Access times too: they are taken before anything else reads the files. */
function accessTimes(world: CliWorld): Record<string, bigint> {
  const names = fs.readdirSync(world.mountPoint, { recursive: true, encoding: 'utf8' });
  const files = names.map((name) => world.at(name)).filter((file) => fs.statSync(file).isFile());
  return Object.fromEntries(files.map((file) => [file, fs.statSync(file, { bigint: true }).atimeNs]));
}

const onDisk = (world: CliWorld): unknown => ({
  // First: what follows reads the files.
  accessTimes: accessTimes(world),
  catalogBytes: digest(world.catalogPath),
  logBytes: digest(`${world.catalogPath}-wal`),
  beside: fs.readdirSync(path.dirname(world.catalogPath)).sort(),
  store: stateOfTree(world.archiveDir),
  ...stateOf(world),
});

/** Takes the state once more, so that reading it has left its access times already. */
function settledState(world: CliWorld): unknown {
  onDisk(world);
  return onDisk(world);
}

describeAsRoot('a dry run of recover', () => {
  const scratch = useFilesystem();
  let world: CliWorld;

  beforeAll(async () => {
    world = new CliWorld(scratch());
    const names = ['half released', 'half recalled', 'mode', 'offline', 'deleted', 'half released, gone', 'torn'];
    const files = Object.fromEntries(names.map((name) => [name, world.write(name, Buffer.alloc(100_000, name))]));
    const at = (name: string): string => files[name] ?? '';
    await world.init('--unguarded');
    await world.ok('archive', ...Object.values(files));
    await world.ok('release', at('half recalled'), at('offline'));
    await world.text(['release', at('half released')], { fault: 'release:after-punch=eio' });
    await world.text(['release', at('half released, gone')], { fault: 'release:after-punch=eio' });
    await world.text(['recall', at('half recalled')], { fault: 'recall:after-fill=eio' });
    fs.chmodSync(at('mode'), 0o600);
    fs.rmSync(at('deleted'));
    fs.rmSync(at('half released, gone'));
    fs.appendFileSync(at('torn'), 'x');
  }, 120_000);

  test('the trace sees a command that writes', async () => {
    const { calls } = await trace(world, 'init', world.mountPoint, '--archive', world.archiveDir, '--unguarded');
    expect(changes(calls).join('\n')).toMatch(/catalog\.db/);
  });

  test('writes nothing', async () => {
    const before = settledState(world);
    const { status, calls } = await trace(world, 'recover', world.mountPoint);
    expect(status).toBe(4);
    expect(calls.length).toBeGreaterThan(100);
    expect(changes(calls)).toEqual([]);
    expect(onDisk(world)).toEqual(before);
  });

  test('writes its plan and nothing else', async () => {
    const plan = path.join(scratch().folder, 'plan.ndjson');
    const before = settledState(world);
    const { status, calls } = await trace(world, 'recover', world.mountPoint, '--dry-run', '--plan', plan);
    expect(status).toBe(4);
    const made = changes(calls);
    expect(made.length).toBeGreaterThan(2);
    expect(made.filter((line) => !line.includes(`${plan}.`))).toEqual([]);
    expect(onDisk(world)).toEqual(before);
    expect(fs.readFileSync(plan, 'utf8')).toMatch(/"type":"end","actions":6/);
  });

  test('after a crash of an operation it writes no more than the index that SQLite keeps in shared memory', async () => {
    const { shellStatus } = await world.text(['release', world.at('mode')], { fault: 'release:after-punch=kill' });
    expect(shellStatus).toBe(137);
    const before = settledState(world);
    const { status, calls } = await trace(world, 'recover', world.mountPoint);
    expect(status).toBe(4);
    // SQLite opens its log for writing whatever it is for, and gives it the owner that it has; a lock is tried for whether
    // its owner lives. Nothing is written to either.
    const harmless = [
      /^\w+\([^)]*catalog\.db-shm/,
      /^openat\([^"]*"[^"]*catalog\.db-wal"/,
      /^fchown\(\d+<[^>]*catalog\.db-wal>, 0, 0\)/,
      /^openat\([^"]*"[^"]*\.lock", O_RDWR\|O_CLOEXEC\)/,
    ];
    expect(changes(calls).filter((line) => !harmless.some((pattern) => pattern.test(line)))).toEqual([]);
    expect(onDisk(world)).toEqual(before);
  });
});
