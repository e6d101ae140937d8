import { alignedBuffer } from '../../native/aligned-buffer.js';
import { preadFully } from '../../native/io.js';
import { NativeError } from '../../native/native-error.js';
import { alignDown, alignUp } from './read-span.js';
import type { ScanDevice } from './scan-device.js';

type Readable = Pick<ScanDevice, 'fd' | 'path' | 'sizeBytes'>;

/**
 * Reads single blocks of a device past the page cache, into memory that it keeps: what a read returns is valid until
 * the next one.
 */
export class BlockReader {
  readonly #device: Readable;
  readonly #room: Buffer;

  constructor(device: Readable, lengthBytesMax: number) {
    this.#device = device;
    this.#room = alignedBuffer(alignUp(lengthBytesMax) + alignUp(1));
  }

  /** @throws NativeError EIO where the device ends before that */
  read(fromByte: number, lengthBytes: number): Buffer {
    const { fd, path, sizeBytes } = this.#device;
    const from = alignDown(fromByte);
    const length = Math.min(alignUp(fromByte + lengthBytes), sizeBytes) - from;
    const got = length > 0 ? preadFully(fd, this.#room, length, from, path) : 0;
    const at = fromByte - from;
    if (got < at + lengthBytes) throw new NativeError('EIO', 'read', `${path}, which ends too early`);
    return this.#room.subarray(at, at + lengthBytes);
  }
}

/** The 32-bit words of a block, for its checksum. The block starts at a multiple of four. */
export const wordsOf = (block: Buffer): Int32Array => new Int32Array(block.buffer, block.byteOffset, block.length >> 2);
