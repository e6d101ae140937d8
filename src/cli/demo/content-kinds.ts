/** What can be inside a file that an archive, a punch or a recall might get wrong. */
import { randomFillSync } from 'node:crypto';
import { FALLOC_FL_KEEP_SIZE } from '../../native/constants.js';
import { pwriteAll, truncateFd, type Fd } from '../../native/io.js';
import { libc } from '../../native/libc.js';

export interface ContentKind {
  readonly name: string;
  /** Fills a file that is new and empty. */
  readonly fill: (fd: Fd, target: string) => void;
}

const KIB = 1024;
const MIB = 1024 * KIB;
/** Written at a time, so that a big file needs no big buffer. */
const CHUNK_BYTES = 4 * MIB;

/** Random bytes, so that no two files are equal and a mix-up shows. */
function writeNoise(fd: Fd, offset: number, lengthBytes: number, target: string): void {
  const chunk = Buffer.allocUnsafe(Math.min(lengthBytes, CHUNK_BYTES));
  for (let done = 0; done < lengthBytes; done += chunk.length) {
    const length = Math.min(chunk.length, lengthBytes - done);
    pwriteAll(fd, randomFillSync(chunk), length, offset + done, target);
  }
}

const noise =
  (lengthBytes: number): ContentKind['fill'] =>
  (fd, target) =>
    writeNoise(fd, 0, lengthBytes, target);

const zeros =
  (lengthBytes: number): ContentKind['fill'] =>
  (fd, target) =>
    pwriteAll(fd, Buffer.alloc(lengthBytes), lengthBytes, 0, target);

/** Noise at the given offsets, and a size that need not end with it. */
const islands =
  (sizeBytes: number, lengthBytes: number, offsets: readonly number[]): ContentKind['fill'] =>
  (fd, target) => {
    truncateFd(fd, sizeBytes, target);
    for (const offset of offsets) writeNoise(fd, offset, lengthBytes, target);
  };

function allocate(fd: Fd, mode: number, lengthBytes: number, target: string): void {
  libc('fallocate', [fd, mode, 0n, BigInt(lengthBytes)], target);
}

export const CONTENT_KINDS: readonly ContentKind[] = [
  { name: 'empty', fill: noise(0) },
  { name: 'one byte', fill: noise(1) },
  { name: 'some hundred bytes', fill: noise(700) },
  { name: 'a byte short of a block', fill: noise(4 * KIB - 1) },
  { name: 'exactly a block', fill: noise(4 * KIB) },
  { name: 'a block and a byte', fill: noise(4 * KIB + 1) },
  { name: 'several blocks', fill: noise(60 * KIB + 17) },
  { name: 'all zeros', fill: zeros(40 * KIB) },
  { name: 'nothing but a hole', fill: islands(160 * KIB, 0, []) },
  { name: 'a hole at the start', fill: islands(276 * KIB, 20 * KIB, [256 * KIB]) },
  { name: 'a hole in the middle', fill: islands(192 * KIB, 8 * KIB, [0, 184 * KIB]) },
  { name: 'a hole at the end', fill: islands(150 * KIB + 7, 12 * KIB, [0]) },
  {
    name: 'many extents',
    fill: islands(
      512 * KIB,
      KIB,
      [0, 16, 32, 64, 96, 128, 160, 192].map((at) => at * KIB),
    ),
  },
  {
    name: 'written zeros between data',
    fill: (fd, target) => {
      zeros(96 * KIB)(fd, target);
      for (const offset of [0, 64 * KIB]) writeNoise(fd, offset, 32 * KIB, target);
    },
  },
  {
    name: 'preallocated behind its end',
    fill: (fd, target) => {
      writeNoise(fd, 0, 5000, target);
      allocate(fd, FALLOC_FL_KEEP_SIZE, 64 * KIB, target);
    },
  },
  {
    name: 'data amid unwritten extents',
    fill: (fd, target) => {
      allocate(fd, 0, 128 * KIB, target);
      writeNoise(fd, 40 * KIB, 10 * KIB, target);
    },
  },
  { name: 'hundreds of KiB', fill: noise(160 * KIB + 1) },
];

export const BIG_KINDS: readonly ContentKind[] = [
  { name: 'many MiB', fill: noise(12 * MIB + 3) },
  { name: 'many MiB, again', fill: noise(8 * MIB) },
  { name: 'MiBs of zeros', fill: zeros(6 * MIB) },
  { name: 'islands in a wide hole', fill: islands(24 * MIB, 300 * KIB, [0, 11 * MIB, 24 * MIB - 300 * KIB]) },
];
