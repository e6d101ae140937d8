/**
 * The only importer of ffi-rs.
 *
 * ffi-rs keeps an unsynchronised process-wide map of libraries and symbols: two threads that open the library or load
 * a symbol for the first time at the same moment crash the process. So the main thread opens the library and calls
 * every symbol once, harmlessly, while this module is being evaluated; a worker only calls. The library is never closed.
 */
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type * as FfiRs from 'ffi-rs';
import type { JsExternal } from 'ffi-rs';
import { NativeError } from './native-error.js';

// ffi-rs is CommonJS and decides its exports at run time, which ESM's static analysis cannot see.
const ffi = createRequire(import.meta.url)('ffi-rs') as typeof FfiRs;
const { DataType } = ffi;

const LIBRARY = 'libc';
/** A signal may interrupt a call any number of times; more than this in a row is something else. */
const EINTR_RETRIES_MAX = 64;
const EINTR = 4;
/** A sync that was interrupted may have taken note of a write that failed, and the next one would not tell of it. */
const NEVER_REPEATED: readonly string[] = ['fsync', 'fdatasync', 'syncfs'];

export type NativePointer = JsExternal;
type Arg = number | bigint | Buffer | Uint8Array | NativePointer;

const I32 = DataType.I32;
const U32 = DataType.U32;
const U64 = DataType.U64;
const I64 = DataType.BigInt;
const BYTES = DataType.U8Array;
const POINTER = DataType.External;
const NOTHING = Buffer.alloc(8);

interface Signature {
  readonly symbol: string;
  readonly ret: FfiRs.DataType;
  readonly params: readonly FfiRs.DataType[];
  /** Arguments that make the call fail at once without touching anything: warms the symbol. */
  readonly harmless: readonly Arg[];
}

/** Every function of libc in use, by family. Variadic ones appear once for each type of their last argument. */
const SIGNATURES = {
  ioctlBuffer: { symbol: 'ioctl', ret: I32, params: [I32, U64, BYTES], harmless: [-1, 0, NOTHING] },
  ioctlPointer: { symbol: 'ioctl', ret: I32, params: [I32, U64, I64], harmless: [-1, 0, 0n] },
  ioctlInt: { symbol: 'ioctl', ret: I32, params: [I32, U64, I32], harmless: [-1, 0, 0] },
  fcntl: { symbol: 'fcntl', ret: I32, params: [I32, I32, I32], harmless: [-1, 0, 0] },
  flock: { symbol: 'flock', ret: I32, params: [I32, I32], harmless: [-1, 0] },
  statx: { symbol: 'statx', ret: I32, params: [I32, BYTES, I32, U32, BYTES], harmless: [-1, NOTHING, 0, 0, NOTHING] },
  fgetxattr: { symbol: 'fgetxattr', ret: I64, params: [I32, BYTES, BYTES, U64], harmless: [-1, NOTHING, NOTHING, 8] },
  getxattr: {
    symbol: 'getxattr',
    ret: I64,
    params: [BYTES, BYTES, BYTES, U64],
    harmless: [NOTHING, NOTHING, NOTHING, 8],
  },
  fsetxattr: {
    symbol: 'fsetxattr',
    ret: I32,
    params: [I32, BYTES, BYTES, U64, I32],
    harmless: [-1, NOTHING, NOTHING, 8, 0],
  },
  fremovexattr: { symbol: 'fremovexattr', ret: I32, params: [I32, BYTES], harmless: [-1, NOTHING] },
  flistxattr: { symbol: 'flistxattr', ret: I64, params: [I32, BYTES, U64], harmless: [-1, NOTHING, 8] },
  fallocate: { symbol: 'fallocate', ret: I32, params: [I32, I32, I64, I64], harmless: [-1, 0, 0n, 0n] },
  lseek: { symbol: 'lseek', ret: I64, params: [I32, I64, I32], harmless: [-1, 0n, 0] },
  futimens: { symbol: 'futimens', ret: I32, params: [I32, BYTES], harmless: [-1, Buffer.alloc(32)] },
  fsync: { symbol: 'fsync', ret: I32, params: [I32], harmless: [-1] },
  fdatasync: { symbol: 'fdatasync', ret: I32, params: [I32], harmless: [-1] },
  syncfs: { symbol: 'syncfs', ret: I32, params: [I32], harmless: [-1] },
  fadvise: { symbol: 'posix_fadvise', ret: I32, params: [I32, I64, I64, I32], harmless: [-1, 0n, 0n, 0] },
  nameToHandleAt: {
    symbol: 'name_to_handle_at',
    ret: I32,
    params: [I32, BYTES, BYTES, BYTES, I32],
    harmless: [-1, NOTHING, NOTHING, NOTHING, 0],
  },
  openByHandleAt: { symbol: 'open_by_handle_at', ret: I32, params: [I32, BYTES, I32], harmless: [-1, NOTHING, 0] },
  memcpy: { symbol: 'memcpy', ret: I64, params: [BYTES, BYTES, U64], harmless: [NOTHING, NOTHING, 0] },
  mmap: { symbol: 'mmap', ret: POINTER, params: [U64, U64, I32, I32, I32, I64], harmless: [0, 0, 0, 0, -1, 0n] },
  mmapAddress: { symbol: 'memcpy', ret: I64, params: [POINTER, POINTER, U64], harmless: [] },
} as const satisfies Record<string, Signature>;

export type LibcFunction = keyof typeof SIGNATURES;

interface Result {
  readonly value: number | bigint;
  readonly errnoCode: number;
}

/** Parameter objects are built once: ffi-rs spends most of a call on converting them. */
const TEMPLATES = Object.fromEntries(
  Object.entries(SIGNATURES).map(([name, signature]) => [name, { signature, params: [...signature.params] }]),
) as unknown as Record<LibcFunction, { signature: Signature; params: FfiRs.DataType[] }>;

function invoke(name: LibcFunction, args: Arg[]): Result {
  const { signature, params } = TEMPLATES[name];
  return ffi.load({
    library: LIBRARY,
    funcName: signature.symbol,
    retType: signature.ret,
    paramsType: params,
    paramsValue: args,
    errno: true as const,
  }) as unknown as Result;
}

if (isMainThread) {
  ffi.open({ library: LIBRARY, path: 'libc.so.6' });
  for (const [name, { harmless }] of Object.entries(SIGNATURES)) {
    if (harmless.length > 0) invoke(name as LibcFunction, [...harmless]);
  }
}

/**
 * Calls a libc function and returns its non-negative result. EINTR is retried a bounded number of times, but for syncs.
 * @param target what the call is about, for the message: a path, an inode, a device
 * @throws NativeError with the errno's name as its code
 */
export function libc(name: LibcFunction, args: Arg[], target: string): bigint {
  for (let attempt = 0; ; attempt++) {
    const { value, errnoCode } = invoke(name, args);
    if (value >= 0) return BigInt(value);
    if (errnoCode !== EINTR || attempt === EINTR_RETRIES_MAX || NEVER_REPEATED.includes(name)) {
      throw NativeError.fromErrno(errnoCode, SIGNATURES[name].symbol, target);
    }
  }
}

/** As `libc`, for functions that return the error number instead of setting errno (posix_fadvise). */
export function libcReturningErrno(name: LibcFunction, args: Arg[], target: string): void {
  const { value } = invoke(name, args);
  if (value !== 0) throw NativeError.fromErrno(Number(value), SIGNATURES[name].symbol, target);
}

/**
 * A call prepared once and repeated as it stands, for loops where the arguments' memory changes but not the arguments.
 * Returns the raw result: the caller looks at errno by other means or repeats the call through `libc`.
 */
export function preparedIoctl(fd: number, request: number, argument: NativePointer): () => number {
  const call = {
    library: LIBRARY,
    funcName: 'ioctl',
    retType: DataType.I32,
    paramsType: [I32, U64, POINTER],
    paramsValue: [fd, request, argument],
  } as const;
  const mutable = { ...call, paramsType: [...call.paramsType], paramsValue: [...call.paramsValue] };
  return () => ffi.load(mutable);
}

/** Memory at a fixed address, for requests that hold pointers. Never freed: allocate once for a thread. */
export interface PinnedMemory {
  readonly pointer: NativePointer;
  readonly address: bigint;
  readonly bytes: Buffer;
}

const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;

/** Maps anonymous, page-aligned, zeroed memory (mmap(2)). It lives as long as the process. */
export function pinMemory(sizeBytes: number): PinnedMemory {
  const args = [0, sizeBytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0n];
  const pointer: NativePointer = ffi.load({
    library: LIBRARY,
    funcName: 'mmap',
    retType: POINTER,
    paramsType: TEMPLATES.mmap.params,
    paramsValue: args,
  });
  const address = ffi.load({
    library: LIBRARY,
    funcName: 'memcpy',
    retType: I64,
    paramsType: TEMPLATES.mmapAddress.params,
    paramsValue: [pointer, pointer, 0],
  }) as unknown as bigint;
  if (BigInt.asIntN(64, address) === -1n) throw NativeError.fromErrno(12, 'mmap', `${sizeBytes} bytes`);
  return { pointer, address, bytes: ffi.createExternalBuffer(pointer, sizeBytes) };
}

/**
 * The address of a buffer's first byte, to see how it is aligned. Not for a request that the kernel follows: once nothing
 * but the address is left of a buffer, it may be gone in the midst of the call. That is what pinned memory is for.
 */
export function addressOf(buffer: Buffer): bigint {
  return libc('memcpy', [buffer, buffer, 0], 'memory');
}
