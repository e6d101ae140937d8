/** Files of random sizes and layouts, the same ones for the same description. */
import { createCipheriv } from 'node:crypto';
import fs from 'node:fs';
import fc from 'fast-check';
import type { CrashFiles, Make } from './crash-files.js';

const BLOCK = 4096;

interface Segment {
  readonly kind: 'data' | 'zeros' | 'hole';
  readonly bytes: number;
}

export interface RandomFile {
  readonly segments: readonly Segment[];
  readonly seed: number;
  readonly wasArchived: boolean;
  readonly mode: number;
  readonly owner: number;
  readonly mtimeSeconds: number;
}

/** Around the sizes at which something changes, and now and then much more. */
const BYTES = fc.oneof(
  { weight: 3, arbitrary: fc.nat({ max: 3 * BLOCK }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 12 }).map((blocks) => blocks * BLOCK) },
  { weight: 2, arbitrary: fc.nat({ max: 400_000 }) },
  { weight: 1, arbitrary: fc.nat({ max: 6_000_000 }) },
);

const SEGMENT: fc.Arbitrary<Segment> = fc.record({
  kind: fc.constantFrom('data', 'data', 'zeros', 'hole'),
  bytes: BYTES,
});

export const RANDOM_FILE: fc.Arbitrary<RandomFile> = fc.record({
  segments: fc.array(SEGMENT, { maxLength: 5 }),
  seed: fc.nat(),
  wasArchived: fc.boolean(),
  mode: fc.constantFrom(0o644, 0o600, 0o400, 0o4755, 0),
  owner: fc.constantFrom(0, 1000, 65_534),
  mtimeSeconds: fc.integer({ min: -1_000_000_000, max: 3_000_000_000 }),
});

/** Bytes that look random and depend on the seed alone. */
function bytesOf(seed: number, lengthBytes: number): Buffer {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(lengthBytes));
}

const make =
  ({ segments, seed, mode, owner, mtimeSeconds }: RandomFile): Make =>
  (file) => {
    const fd = fs.openSync(file, 'w');
    let at = 0;
    segments.forEach(({ kind, bytes }, index) => {
      const content = kind === 'data' ? bytesOf(seed + index, bytes) : Buffer.alloc(kind === 'zeros' ? bytes : 0);
      if (content.length > 0) fs.writeSync(fd, content, 0, content.length, at);
      at += bytes;
    });
    fs.ftruncateSync(fd, at);
    fs.fchownSync(fd, owner, owner);
    fs.fchmodSync(fd, mode);
    fs.futimesSync(fd, mtimeSeconds, mtimeSeconds);
    fs.closeSync(fd);
  };

const nameOf = (index: number): string => `${String(index).padStart(3, '0')}-random`;

/** One that has data and an earlier copy is always among them, so that every step is come by. */
export function crashFilesOf(random: readonly RandomFile[]): CrashFiles {
  const first: RandomFile = {
    segments: [{ kind: 'data', bytes: 2 * BLOCK + 5 }],
    seed: 1,
    wasArchived: true,
    mode: 0o644,
    owner: 0,
    mtimeSeconds: 1,
  };
  const all = [first, ...random];
  return {
    files: Object.fromEntries(all.map((file, index) => [nameOf(index), make(file)])),
    archivedBefore: all.flatMap(({ wasArchived }, index) => (wasArchived ? [nameOf(index)] : [])),
  };
}
