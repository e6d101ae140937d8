/**
 * XFS file handles: an inode number and a generation are enough, no path look-up (open_by_handle(3) of xfsprogs).
 * A descriptor opened this way does invisible I/O: writes and punches leave mtime and ctime alone.
 */
import { IOCTL } from './constants.js';
import type { InodeId } from './inode-id.js';
import { setCloseOnExec, type Fd } from './io.js';
import { ATTR_MULTIOP, ATTRMULTI_HANDLEREQ, FSOP_HANDLEREQ, XFS_HANDLE } from './layouts.js';
import { libc, pinMemory, preparedIoctl, type PinnedMemory } from './libc.js';
import { NativeError } from './native-error.js';
import { describeInode } from './inode-id.js';

const FSID_BYTES = 8;
const FID_LENGTH = 14;
const ATTR_OP_GET = 1;
const ENODATA = 61;
const ERANGE = 34;
const E2BIG = 7;

/** The 8 bytes that name a mounted filesystem within its handles. They follow the device number: never store them. */
export type XfsHandleFsid = Buffer;

// A request for a handle, and what it points to, lie in pinned memory: an address in a request does not keep a buffer alive,
// and the garbage collector may run within the foreign call. The kernel then reads, or writes, what is somebody else's.
const OPEN_HANDLE_AT = 128;
const LENGTH_AT = 192;
const PATH_AT = 256;
const PATH_BYTES_MAX = 4096;
let threadsMemory: PinnedMemory | undefined;

/** One for each thread, made when it is first needed; zeroed up to the path. */
function requestMemory(): PinnedMemory {
  threadsMemory ??= pinMemory(PATH_AT + PATH_BYTES_MAX);
  threadsMemory.bytes.fill(0, 0, PATH_AT);
  return threadsMemory;
}

/** @throws NativeError ENOTTY if it is not XFS, ENAMETOOLONG */
export function xfsHandleFsid(mountPath: Buffer, rootFd: Fd): XfsHandleFsid {
  const target = mountPath.toString();
  if (mountPath.length >= PATH_BYTES_MAX) throw new NativeError('ENAMETOOLONG', 'ioctl', target);
  const { bytes, address } = requestMemory();
  mountPath.copy(bytes, PATH_AT);
  bytes[PATH_AT + mountPath.length] = 0;
  const { fields } = FSOP_HANDLEREQ;
  bytes.writeBigUInt64LE(address + BigInt(PATH_AT), fields.path[0]);
  bytes.writeBigUInt64LE(address + BigInt(OPEN_HANDLE_AT), fields.ohandle[0]);
  bytes.writeBigUInt64LE(address + BigInt(LENGTH_AT), fields.ohandlen[0]);
  libc('ioctlPointer', [rootFd, IOCTL.XFS_IOC_PATH_TO_FSHANDLE, address], target);
  return Buffer.from(bytes.subarray(OPEN_HANDLE_AT, OPEN_HANDLE_AT + FSID_BYTES));
}

function writeHandle(into: Buffer, at: number, fsid: XfsHandleFsid, id: InodeId): void {
  fsid.copy(into, at);
  into.writeUInt16LE(FID_LENGTH, at + XFS_HANDLE.fields['ha_fid.fid_len'][0]);
  into.writeUInt16LE(0, at + XFS_HANDLE.fields['ha_fid.fid_pad'][0]);
  into.writeUInt32LE(id.gen, at + XFS_HANDLE.fields['ha_fid.fid_gen'][0]);
  into.writeBigUInt64LE(id.ino, at + XFS_HANDLE.fields['ha_fid.fid_ino'][0]);
}

/**
 * Opens a regular file or folder for invisible I/O. Needs CAP_SYS_ADMIN. Close-on-exec is set by fcntl, because the
 * kernel ignores O_CLOEXEC here and a forked child would keep a lease alive.
 * @throws NativeError ESTALE if no inode has this number and generation, or if it cannot be read
 */
export function openByXfsHandle(rootFd: Fd, fsid: XfsHandleFsid, id: InodeId, flags: number): Fd {
  const target = describeInode(id);
  const { bytes, address } = requestMemory();
  writeHandle(bytes, OPEN_HANDLE_AT, fsid, id);
  const { fields } = FSOP_HANDLEREQ;
  bytes.writeUInt32LE(flags, fields.oflags[0]);
  bytes.writeBigUInt64LE(address + BigInt(OPEN_HANDLE_AT), fields.ihandle[0]);
  bytes.writeUInt32LE(XFS_HANDLE.sizeBytes, fields.ihandlen[0]);
  const fd = Number(libc('ioctlPointer', [rootFd, IOCTL.XFS_IOC_OPEN_BY_HANDLE, address], target)) as Fd;
  setCloseOnExec(fd, target);
  return fd;
}

const NAMESPACE_FLAGS = { trusted: 2, user: 0 } as const;

/** What reading one attribute by handle came to. */
export type AttributeRead = 'value' | 'none' | 'too-long' | 'stale' | 'failed';

// Offsets within the pinned page that holds the whole request.
const REQUEST_AT = 0;
const OP_AT = 128;
const HANDLE_AT = 192;
const NAME_AT = 256;
const VALUE_AT = 512;
const VALUE_BYTES_MAX = 256;
const PAGE_BYTES = 4096;

/** What changes from one look to the next, as places in the page's 32-bit words: a scan does this for every inode. */
const GEN_WORD = (HANDLE_AT + XFS_HANDLE.fields['ha_fid.fid_gen'][0]) >> 2;
const INO_WORD = (HANDLE_AT + XFS_HANDLE.fields['ha_fid.fid_ino'][0]) >> 2;
const LENGTH_WORD = (OP_AT + ATTR_MULTIOP.fields.am_length[0]) >> 2;
const ERROR_WORD = (OP_AT + ATTR_MULTIOP.fields.am_error[0]) >> 2;

/**
 * Reads one attribute of many inodes by handle, without opening them: XFS_IOC_ATTRMULTI_BY_HANDLE over a request that
 * is built once in pinned memory, so that a look costs one foreign call and no allocation. One for each thread.
 */
export class AttributeReader {
  readonly #page = pinMemory(PAGE_BYTES);
  readonly #words = new Uint32Array(this.#page.bytes.buffer, this.#page.bytes.byteOffset, PAGE_BYTES >> 2);
  readonly #call: () => number;
  readonly #rootFd: Fd;
  /** The last value read, `valueLength` bytes of it valid. */
  readonly value: Buffer;
  valueLength = 0;

  constructor(rootFd: Fd, fsid: XfsHandleFsid, name: string) {
    const dot = name.indexOf('.');
    const namespace = name.slice(0, dot);
    if (namespace !== 'trusted' && namespace !== 'user') throw new NativeError('EINVAL', 'attrmulti', name);
    this.#rootFd = rootFd;
    const { bytes, address, pointer } = this.#page;
    const request = ATTRMULTI_HANDLEREQ.fields;
    bytes.writeBigUInt64LE(address + BigInt(HANDLE_AT), REQUEST_AT + request['hreq.ihandle'][0]);
    bytes.writeUInt32LE(XFS_HANDLE.sizeBytes, REQUEST_AT + request['hreq.ihandlen'][0]);
    bytes.writeUInt32LE(1, REQUEST_AT + request.opcount[0]);
    bytes.writeBigUInt64LE(address + BigInt(OP_AT), REQUEST_AT + request.ops[0]);
    const op = ATTR_MULTIOP.fields;
    bytes.writeUInt32LE(ATTR_OP_GET, OP_AT + op.am_opcode[0]);
    bytes.writeBigUInt64LE(address + BigInt(NAME_AT), OP_AT + op.am_attrname[0]);
    bytes.writeBigUInt64LE(address + BigInt(VALUE_AT), OP_AT + op.am_attrvalue[0]);
    bytes.writeUInt32LE(NAMESPACE_FLAGS[namespace], OP_AT + op.am_flags[0]);
    bytes.write(`${name.slice(dot + 1)}\0`, NAME_AT, 'latin1');
    writeHandle(bytes, HANDLE_AT, fsid, { ino: 0n, gen: 0 } as InodeId);
    this.value = bytes.subarray(VALUE_AT, VALUE_AT + VALUE_BYTES_MAX);
    this.#call = preparedIoctl(rootFd, IOCTL.XFS_IOC_ATTRMULTI_BY_HANDLE, pointer);
  }

  /** The inode number comes as two 32-bit words, so that a scan needs no BigInt an inode. */
  read(inoLow: number, inoHigh: number, gen: number): AttributeRead {
    const words = this.#words;
    words[GEN_WORD] = gen;
    words[INO_WORD] = inoLow;
    words[INO_WORD + 1] = inoHigh;
    // Never 0: a GET with length 0 runs into a BUG() of the kernel's user-copy check.
    words[LENGTH_WORD] = VALUE_BYTES_MAX;
    words[ERROR_WORD] = 0;
    if (this.#call() < 0) return 'stale';
    const error = -((words[ERROR_WORD] ?? 0) | 0);
    if (error === ENODATA) return 'none';
    if (error === ERANGE || error === E2BIG) return 'too-long';
    if (error !== 0) return 'failed';
    this.valueLength = words[LENGTH_WORD] ?? 0;
    return 'value';
  }

  /** Repeats a look that came out as 'stale' or 'failed' to learn the errno's name; undefined if it has an answer now. */
  explain(): string | undefined {
    try {
      libc(
        'ioctlPointer',
        [this.#rootFd, IOCTL.XFS_IOC_ATTRMULTI_BY_HANDLE, this.#page.address],
        'attribute by handle',
      );
      const error = -this.#page.bytes.readInt32LE(OP_AT + ATTR_MULTIOP.fields.am_error[0]);
      return [0, ENODATA, ERANGE, E2BIG].includes(error)
        ? undefined
        : NativeError.fromErrno(error, 'attrmulti', 'attribute by handle').code;
    } catch (error) {
      if (error instanceof NativeError) return error.code;
      throw error;
    }
  }
}
