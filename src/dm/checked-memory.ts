import { createCrcMachine, TABLE_BYTES, type CrcFunction } from './crc32c-machine.js';

/** Memory for bytes that carry checksums of their own, which are verified where they lie. It begins on a 4 KiB border. */
export class CheckedMemory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Int32Array<ArrayBuffer>;
  readonly #crc: CrcFunction;

  constructor(sizeBytes: number) {
    const { memory, crc } = createCrcMachine(sizeBytes);
    this.bytes = new Uint8Array(memory.buffer, TABLE_BYTES, sizeBytes);
    this.words = new Int32Array(memory.buffer, TABLE_BYTES, sizeBytes >> 2);
    this.#crc = crc;
  }

  /**
   * True if the `lengthBytes` from byte `at` on have the CRC32C that stands `crcAt` bytes further on, little-endian, computed with
   * itself as zero. All are within the memory; `at` and `crcAt` are multiples of four, the length of sixteen. The
   * checksum is overwritten and put back meanwhile.
   */
  isIntact(at: number, lengthBytes: number, crcAt: number): boolean {
    const { words } = this;
    const word = (at + crcAt) >> 2;
    const stored = words[word] as number;
    words[word] = 0;
    const crc = this.#crc(TABLE_BYTES + at, TABLE_BYTES + at + lengthBytes);
    words[word] = stored;
    return ~crc === stored;
  }
}
