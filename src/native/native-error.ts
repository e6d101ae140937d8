import { HsmckError } from '../errors.js';
import { errnoName } from './errno.js';

/** What the common errors mean to the person who reads them. */
const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EAGAIN: 'in use by another process',
  EBADF: 'bad file descriptor',
  EBUSY: 'device or resource busy',
  EDQUOT: 'disk quota exceeded',
  EEXIST: 'already exists',
  EIO: 'input/output error: the kernel log (dmesg) says which device',
  EINTR: 'interrupted by a signal',
  EISDIR: 'is a directory',
  ELOOP: 'is a symbolic link, or too many of them',
  EMFILE: 'too many open files',
  ENODATA: 'no such attribute',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on the filesystem: free some',
  ENOTDIR: 'not a directory',
  ENOTTY: 'not supported by this filesystem',
  EOPNOTSUPP: 'operation not supported',
  EPERM:
    'operation not permitted: for lack of privileges, or on an immutable or append-only file (lsattr, chattr -i -a)',
  EROFS: 'read-only filesystem: remount it writable',
  ESTALE: 'stale file handle',
  EUCLEAN: 'filesystem structure needs cleaning: unmount it and run its repair tool',
};

/** A call into the kernel that failed: errno's name as `code`, the call, and what it was about. */
export class NativeError extends HsmckError {
  readonly call: string;
  readonly target: string;

  constructor(code: string, call: string, target: string, options?: ErrorOptions) {
    const meaning = MEANINGS[code];
    super(code, `${call} ${target}: ${code}${meaning ? ` (${meaning})` : ''}`, options);
    this.call = call;
    this.target = target;
  }

  static fromErrno(errno: number, call: string, target: string): NativeError {
    return new NativeError(errnoName(errno), call, target);
  }

  /** Turns what node:fs throws into a NativeError; hands back anything else unchanged. */
  static fromNode(error: unknown, target: string): unknown {
    if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number') return error;
    const call = 'syscall' in error && typeof error.syscall === 'string' ? error.syscall : 'call';
    // Not by Node's own table: it lacks EDQUOT, ESTALE, EUCLEAN and others.
    return new NativeError(errnoName(Math.abs(error.errno)), call, target, { cause: error });
  }
}

/**
 * Runs calls of node:fs; what they throw becomes a NativeError about `target`.
 * @throws NativeError
 */
export function nativeCall<T>(target: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw NativeError.fromNode(error, target);
  }
}

/** True when the error is a NativeError with one of the given codes. */
export function isErrno(error: unknown, ...codes: readonly string[]): error is NativeError {
  return error instanceof NativeError && codes.includes(error.code);
}
