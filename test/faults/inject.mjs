// Preload (`node --import inject.mjs ...`): lets the n-th call of a kind that the product makes into the kernel or into SQLite fail.
// The product knows nothing of it: what is patched are the entry points that it uses, ffi-rs' `load`, node:fs and
// better-sqlite3, before it is loaded; in its worker threads too. Calls that Node or a library makes for itself are left
// alone: whoever calls must be a file below build/ or dist/.
//
// In this process: globalThis[Symbol.for('hsmck.faults')].arm(plan), then .disarm(). For a process of its own:
// HSMCK_TEST_FAULT holds a plan as JSON, and `log` in it names the file for what happened.
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

const require = createRequire(import.meta.url);
const SELF = fileURLToPath(import.meta.url);
const real = { ...fs, realpathNative: fs.realpathSync.native };
const ERRNO = { ...constants.errno, EUCLEAN: 117, ESHUTDOWN: 108, EREMOTEIO: 121 };

/** Cells that all threads share. */
const ARMED = 0;
const COUNT = 1;
const FIRED = 2;
const ENVIRONMENT_KEY = 'hsmck.faults';

const shared = isMainThread
  ? { cells: new Int32Array(new SharedArrayBuffer(16)), plan: new Uint8Array(new SharedArrayBuffer(4096)) }
  : getEnvironmentData(ENVIRONMENT_KEY);
if (isMainThread) setEnvironmentData(ENVIRONMENT_KEY, shared);
const { cells } = shared;

/** The plan travels as JSON, so that a worker that is alive already sees a new one. */
let planKnown = '';
let plan;
function currentPlan() {
  const length = new DataView(shared.plan.buffer).getUint32(0);
  const text = Buffer.from(shared.plan.buffer, 4, length).toString();
  if (text !== planKnown) {
    planKnown = text;
    plan = JSON.parse(text);
  }
  return plan;
}

const FRAME = /\(?(?:file:\/\/)?((?:\/|node:)[^()]*?):(\d+):\d+\)?$/;
const OF_PRODUCT = /.*\/(?:build|dist)\/(.*)\.js$/;

/** The product's part of the call stack, innermost first; undefined if it is not the product that calls. */
function productFrames(isLibrary) {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 40;
  const lines = new Error().stack.split('\n').slice(1);
  Error.stackTraceLimit = limit;
  const frames = lines.map((line) => FRAME.exec(line)).filter((match) => match !== null);
  const isInner = (file) =>
    file === SELF || file.startsWith('node:fs') || (isLibrary && file.includes('/better-sqlite3/'));
  const first = frames.findIndex(([, file]) => !isInner(file));
  if (first === -1 || !OF_PRODUCT.test(frames[first][1])) return undefined;
  return frames
    .slice(first)
    .filter(([, file]) => OF_PRODUCT.test(file))
    .map(([, file, line]) => `${OF_PRODUCT.exec(file)[1]}:${line}`);
}

function log(entry) {
  const { log: file } = currentPlan();
  if (file === undefined) return;
  const fd = real.openSync(file, 'a', 0o600);
  real.writeSync(fd, `${JSON.stringify({ thread: isMainThread ? 'main' : 'worker', ...entry })}\n`);
  real.closeSync(fd);
}

/** Node's own functions call each other through the object that is patched here: only the outermost is the product's. */
let isInside = false;

/** Runs a real call, whose own calls are not counted. */
function inside(action) {
  if (isInside) return action();
  isInside = true;
  try {
    return action();
  } finally {
    isInside = false;
  }
}

/** Counts a call; the fault that it is to have, or undefined. */
function next(symbol, isLibrary = false) {
  if (isInside || Atomics.load(cells, ARMED) === 0) return undefined;
  const frames = productFrames(isLibrary);
  if (frames === undefined) return undefined;
  const now = currentPlan();
  if (!now.record && now.symbol !== symbol) return undefined;
  const n = Atomics.add(cells, COUNT, 1) + 1;
  const site = frames.slice(0, 12).join(' ');
  if (now.record) log({ call: n, symbol, site });
  if (n === now.n) {
    Atomics.store(cells, FIRED, 1);
    log({ fired: n, symbol, site, code: now.code, mode: now.mode });
    return now;
  }
  return now.sticky && Atomics.load(cells, FIRED) === 1 ? now : undefined;
}

/** How often each descriptor was closed: the same number is then another open file. */
const closes = new Map();

/** What is logged of a sync: on which file, through which opening of it, and whether it went well. */
const syncEntry = (sync, fd, ok) => ({ sync, file: fileOf(fd), opening: `${fd} after ${closes.get(fd) ?? 0}`, ok });

/** Which file a descriptor is open on. */
function fileOf(fd) {
  try {
    const { dev, ino } = real.fstatSync(fd, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return 'closed';
  }
}

const NODE_TEXT = 'injected';

function nodeError(syscall, code, path) {
  const error = new Error(`${code}: ${NODE_TEXT}, ${syscall}${typeof path === 'number' ? '' : ` '${String(path)}'`}`);
  return Object.assign(error, { errno: -ERRNO[code], code, syscall });
}

// --- ffi-rs -------------------------------------------------------------------------------------------------------

const IOCTLS = {
  0x8040587f: 'BULKSTAT',
  0x80405880: 'INUMBERS',
  0xc0205866: 'FSBULKSTAT_SINGLE',
  0x8100587e: 'FSGEOMETRY',
  0xc080583d: 'AG_GEOMETRY',
  0x8004587d: 'GOINGDOWN',
  0xc0385868: 'PATH_TO_FSHANDLE',
  0xc038586b: 'OPEN_BY_HANDLE',
  0x4048587b: 'ATTRMULTI_BY_HANDLE',
  0x40049409: 'FICLONE',
  0x80087601: 'GETVERSION',
};
const FCNTLS = { 1: 'F_GETFD', 2: 'F_SETFD', 1024: 'F_SETLEASE', 1025: 'F_GETLEASE' };
const WHENCES = { 3: 'SEEK_DATA', 4: 'SEEK_HOLE' };
const SYNCS = ['fsync', 'fdatasync', 'syncfs'];

function ffiSymbol({ funcName, paramsValue }) {
  if (funcName === 'ioctl') return `ioctl ${IOCTLS[Number(paramsValue[1])] ?? paramsValue[1]}`;
  if (funcName === 'fcntl') {
    const isUnlock = paramsValue[1] === 1024 && paramsValue[2] === 2;
    return `fcntl ${isUnlock ? 'F_UNLCK' : (FCNTLS[paramsValue[1]] ?? paramsValue[1])}`;
  }
  return funcName === 'lseek' ? `lseek ${WHENCES[paramsValue[2]] ?? paramsValue[2]}` : funcName;
}

/** memcpy and mmap are memory, no ports; -1 is the descriptor of the calls that only warm a symbol up. */
const isPort = ({ funcName, paramsValue }) =>
  funcName !== 'memcpy' && funcName !== 'mmap' && paramsValue[0] !== -1 && paramsValue.length > 0;

function failedFfi({ funcName, errno }, code) {
  if (funcName === 'posix_fadvise') return { value: ERRNO[code], errnoCode: 0, errnoMessage: '' };
  return errno ? { value: -1, errnoCode: ERRNO[code], errnoMessage: '' } : -1;
}

function patchFfi() {
  const ffi = require('ffi-rs');
  const { load } = ffi;
  const patched = (call) => {
    if (!isPort(call) || Atomics.load(cells, ARMED) === 0) return load(call);
    const fault = next(ffiSymbol(call));
    const isSync = SYNCS.includes(call.funcName);
    if (isSync) log(syncEntry(call.funcName, call.paramsValue[0], fault === undefined));
    if (fault === undefined) return load(call);
    if (fault.mode === 'after') load(call);
    return failedFfi(call, fault.code);
  };
  Object.defineProperty(ffi, 'load', { value: patched, writable: true, configurable: true, enumerable: true });
  if (ffi.load !== patched) throw new Error('ffi-rs cannot be patched');
}

// --- node:fs ------------------------------------------------------------------------------------------------------

const CALLS = {
  openSync: 'open',
  readSync: 'read',
  writeSync: 'write',
  ftruncateSync: 'ftruncate',
  mkdirSync: 'mkdir',
  renameSync: 'rename',
  unlinkSync: 'unlink',
  rmdirSync: 'rmdir',
  rmSync: 'rm',
  readdirSync: 'readdir',
  readFileSync: 'readFile',
  accessSync: 'access',
  fstatSync: 'fstat',
  lstatSync: 'lstat',
  statfsSync: 'statfs',
  linkSync: 'link',
  fsyncSync: 'fsync',
  realpathSync: 'realpath',
};

const O_DIRECT = 0o40000;
const PAGE_BYTES = 4096;

function isDirect(fd) {
  const [, flags] = /flags:\s*(\d+)/.exec(real.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')) ?? [];
  return (Number.parseInt(flags, 8) & O_DIRECT) !== 0;
}

/** Half of it, as the kernel may do; of direct I/O whole pages. */
function shortened(fd, lengthBytes) {
  const half = Math.ceil(lengthBytes / 2);
  if (!isDirect(fd)) return half;
  const pages = Math.floor(half / PAGE_BYTES) * PAGE_BYTES;
  return pages === 0 ? lengthBytes : pages;
}

function runFault(name, fault, args) {
  if (fault.mode === 'short') {
    const [fd, buffer, offset, lengthBytes, position] = args;
    return real[name](fd, buffer, offset, shortened(fd, lengthBytes), position);
  }
  if (fault.mode === 'zero') return 0;
  if (fault.mode === 'after') real[name](...args);
  throw nodeError(CALLS[name], fault.code, args[0]);
}

function patchFs() {
  for (const [name, symbol] of Object.entries(CALLS)) {
    const patched = (...args) => {
      const fault = next(symbol);
      if (symbol === 'fsync' && Atomics.load(cells, ARMED) === 1) log(syncEntry(symbol, args[0], fault === undefined));
      return inside(() => (fault === undefined ? real[name](...args) : runFault(name, fault, args)));
    };
    fs[name] = patched;
  }
  fs.realpathSync.native = (...args) => {
    const fault = next('realpath');
    if (fault !== undefined) throw nodeError('realpath', fault.code, args[0]);
    return real.realpathNative(...args);
  };
  // close(2) lets go of the descriptor whatever it returns; access(2) behind existsSync has no other way to say no.
  fs.closeSync = (fd) => {
    const fault = next('close');
    real.closeSync(fd);
    closes.set(fd, (closes.get(fd) ?? 0) + 1);
    if (fault !== undefined) throw nodeError('close', fault.code, fd);
  };
  fs.existsSync = (path) => (next('exists') === undefined ? real.existsSync(path) : false);
  syncBuiltinESMExports();
}

// --- better-sqlite3 -----------------------------------------------------------------------------------------------

function statementSymbol({ source, readonly }) {
  const [word = ''] = source.trim().split(/\s/);
  const verb = word.toUpperCase();
  if (['BEGIN', 'COMMIT', 'SAVEPOINT', 'RELEASE', 'PRAGMA'].includes(verb)) return `sqlite ${verb}`;
  if (verb === 'ROLLBACK') return undefined;
  return readonly ? 'sqlite read' : 'sqlite write';
}

function patchSqlite() {
  const Database = require('better-sqlite3');
  const memory = new Database(':memory:');
  const prototype = Object.getPrototypeOf(memory.prepare('SELECT 1'));
  memory.close();
  const failure = (symbol, fault) => new Database.SqliteError(`injected into ${symbol}`, fault.code);
  for (const name of ['run', 'get', 'all']) {
    const method = prototype[name];
    prototype[name] = function patched(...args) {
      const symbol = statementSymbol(this);
      const fault = symbol === undefined ? undefined : next(symbol, true);
      if (fault === undefined) return method.apply(this, args);
      if (fault.mode === 'after') method.apply(this, args);
      // What SQLite does by itself after some errors: the whole transaction is gone.
      if (fault.mode === 'rollback' && this.database.inTransaction) this.database.exec('ROLLBACK');
      throw failure(symbol, fault);
    };
  }
  for (const name of ['exec', 'prepare']) {
    const method = Database.prototype[name];
    Database.prototype[name] = function patched(sql) {
      const fault = next(`sqlite ${name}`);
      if (fault !== undefined) throw failure(`sqlite ${name}`, fault);
      return method.call(this, sql);
    };
  }
  const addon = Object.entries(require.cache).find(([file]) => file.endsWith('better_sqlite3.node'))[1].exports;
  addon.Database = new Proxy(addon.Database, {
    construct(target, args, newTarget) {
      const fault = next('sqlite open', true);
      if (fault !== undefined) throw failure('sqlite open', fault);
      return Reflect.construct(target, args, newTarget);
    },
  });
}

patchFfi();
patchFs();
patchSqlite();

function writePlan(value) {
  const bytes = Buffer.from(JSON.stringify(value));
  const view = new DataView(shared.plan.buffer);
  bytes.copy(Buffer.from(shared.plan.buffer), 4);
  view.setUint32(0, bytes.length);
}

/** A plan: { symbol, n, code, mode: fail|after|short|zero|rollback, sticky, log }, or { record, log }. */
function arm(value) {
  planKnown = '';
  writePlan(value);
  Atomics.store(cells, COUNT, 0);
  Atomics.store(cells, FIRED, 0);
  Atomics.store(cells, ARMED, 1);
}

function disarm() {
  Atomics.store(cells, ARMED, 0);
  return { calls: Atomics.load(cells, COUNT), fired: Atomics.load(cells, FIRED) === 1 };
}

if (isMainThread) {
  globalThis[Symbol.for('hsmck.faults')] = { arm, disarm };
  const given = process.env.HSMCK_TEST_FAULT;
  if (given !== undefined) arm(JSON.parse(given));
}
