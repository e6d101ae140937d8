/**
 * Hostile bytes on a device that is not mounted. Whatever is changed, a scan ends, reads no further than the device, and
 * says no more than it may: with checksums left as they were, every row is what it was before, and an inode that is not
 * shown is named as unreadable or its group as not scanned to its end. HSMCK_FUZZ and HSMCK_FUZZ_SEED choose how much.
 */
import { crc32c } from '@node-rs/crc32';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { HsmckError } from '../../src/errors.js';
import { openUnmounted } from '../../src/scan/open-unmounted.js';
import type { ScanDevice } from '../../src/scan/xfs-device/scan-device.js';
import { withFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { populateEveryKind, scanImage, type FullRow, type SourceScan } from './device-fixture.js';

const MUTATIONS = Number(process.env['HSMCK_FUZZ'] ?? 400);
const SEED = Number(process.env['HSMCK_FUZZ_SEED'] ?? Date.now() % 1_000_000);
const SCAN_SECONDS_MAX = 20;

/** A piece of metadata with a checksum of its own. */
interface Piece {
  readonly what: string;
  readonly at: number;
  readonly lengthBytes: number;
  readonly crcAt: number;
}

/** xorshift32: the same changes for the same seed. */
function random(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

function readAt(fd: number, at: number, lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  fs.readSync(fd, bytes, 0, lengthBytes, at);
  return bytes;
}

/** The blocks of a group's tree, the root first. */
function treeBlocks(fd: number, device: ScanDevice, agno: number, rootBlock: number): Piece[] {
  const { agBytes, blockSizeBytes } = device;
  const at = agno * agBytes + rootBlock * blockSizeBytes;
  const block = readAt(fd, at, blockSizeBytes);
  const piece = { what: 'tree', at, lengthBytes: blockSizeBytes, crcAt: 52 };
  if (block.readUInt16BE(4) === 0) return [piece];
  const pointersAt = 56 + Math.floor((blockSizeBytes - 56) / 8) * 4;
  const children = Array.from({ length: block.readUInt16BE(6) }, (_, index) =>
    block.readUInt32BE(pointersAt + index * 4),
  );
  return [piece, ...children.flatMap((child) => treeBlocks(fd, device, agno, child))];
}

/** Everything that a scan rests on. */
function listPieces(fd: number, device: ScanDevice, agCount: number, rows: readonly FullRow[]): Piece[] {
  const { agBytes, sectorSizeBytes, inodeSizeBytes, agInoBits } = device;
  const groups = Array.from({ length: agCount }, (_, agno) => agno).flatMap((agno) => {
    const at = agno * agBytes + 2 * sectorSizeBytes;
    const header = readAt(fd, at, sectorSizeBytes);
    const piece = { what: 'header', at, lengthBytes: sectorSizeBytes, crcAt: 312 };
    return [piece, ...treeBlocks(fd, device, agno, header.readUInt32BE(20))];
  });
  const inodes = rows.map(({ ino }): Piece => {
    const agno = Number(ino >> BigInt(agInoBits));
    const agIno = Number(ino & ((1n << BigInt(agInoBits)) - 1n));
    return { what: 'inode', at: agno * agBytes + agIno * inodeSizeBytes, lengthBytes: inodeSizeBytes, crcAt: 100 };
  });
  return [{ what: 'superblock', at: 0, lengthBytes: sectorSizeBytes, crcAt: 224 }, ...groups, ...inodes];
}

const EXTREMES = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff, 0xff] as const;

function change(bytes: Buffer, other: Buffer, pick: (below: number) => number): void {
  switch (pick(5)) {
    case 0:
      bytes.writeUInt8(bytes.readUInt8(pick(bytes.length)) ^ (1 << pick(8)), pick(bytes.length));
      return;
    case 1:
      bytes.writeUInt32BE(EXTREMES[pick(EXTREMES.length)] ?? 0, pick(bytes.length / 4) * 4);
      return;
    case 2:
      bytes.writeUInt16BE(pick(0x1_0000), pick(bytes.length / 2) * 2);
      return;
    case 3:
      other.copy(bytes, 0, 0, bytes.length);
      return;
    default:
      for (let times = pick(8); times >= 0; times--) bytes.writeUInt8(pick(256), pick(Math.min(bytes.length, 256)));
  }
}

function fixCrc(bytes: Buffer, crcAt: number): void {
  bytes.writeUInt32LE(0, crcAt);
  bytes.writeUInt32LE(crc32c(bytes), crcAt);
}

/** A scan, or the refusal to begin one. */
async function scanOrRefuse(image: string): Promise<SourceScan | undefined> {
  // Of the processor: a busy machine lets any process wait.
  const before = process.cpuUsage();
  try {
    return await scanImage(image, true);
  } catch (error) {
    expect(error).toBeInstanceOf(HsmckError);
    return undefined;
  } finally {
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(SCAN_SECONDS_MAX);
  }
}

const asText = (row: FullRow): string =>
  JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

/** Nothing is shown that was not there, and what is missing was told. */
function expectHonest(seen: SourceScan, before: ReadonlyMap<bigint, string>, agInoBits: number): void {
  const unreadable = new Set(seen.unreadable.map(({ ino }) => BigInt(ino)));
  const cut = new Set(seen.results.filter(({ complete }) => !complete).map(({ agno }) => BigInt(agno)));
  const shown = new Set<bigint>();
  for (const row of seen.rows) {
    if (before.get(row.ino) !== asText(row)) throw new Error(`inode ${row.ino} is shown as ${asText(row)}`);
    shown.add(row.ino);
  }
  for (const ino of before.keys()) {
    if (!shown.has(ino) && !unreadable.has(ino) && !cut.has(ino >> BigInt(agInoBits)))
      throw new Error(`inode ${ino} is lost`);
  }
}

describeAsRoot('hostile bytes on a device', () => {
  it(
    `${MUTATIONS} changes, seed ${SEED}`,
    async () => {
      await withFilesystem(
        { sizeBytes: 320 * 1024 * 1024, mkfsOptions: ['-b', 'size=1024', '-d', 'agcount=2'] },
        async (scratch) => {
          populateEveryKind(scratch.mountPoint, 2, 60);
          const many = path.join(scratch.mountPoint, 'many');
          fs.mkdirSync(many);
          // More than one block of the tree holds: 60 chunks.
          for (let index = 0; index < 4500; index++) fs.closeSync(fs.openSync(path.join(many, String(index)), 'w'));
          for (let index = 0; index < 4500; index++) if (index % 64 !== 0) fs.rmSync(path.join(many, String(index)));
          scratch.unmount();
          const sound = await scanImage(scratch.image);
          const before = new Map(sound.rows.map((row) => [row.ino, asText(row)]));
          const { scanDevice, partitions, close } = openUnmounted(scratch.image, false);
          const fd = fs.openSync(scratch.image, 'r+');
          const pieces = listPieces(fd, scanDevice, partitions.length, sound.rows);
          expect(pieces.filter(({ what }) => what === 'tree').length).toBeGreaterThan(2);
          close();
          const pick = random(SEED);
          const kinds = ['superblock', 'header', 'tree', 'tree', 'inode', 'inode'];
          for (let run = 0; run < MUTATIONS; run++) {
            const kind = pieces.filter(({ what }) => what === kinds[run % kinds.length]);
            const piece = kind[pick(kind.length)];
            const other = pieces[pick(pieces.length)];
            if (piece === undefined || other === undefined) throw new Error('no pieces');
            const original = readAt(fd, piece.at, piece.lengthBytes);
            const bytes = Buffer.from(original);
            change(bytes, readAt(fd, other.at, piece.lengthBytes), pick);
            const isSealed = pick(2) === 0;
            if (isSealed) fixCrc(bytes, piece.crcAt);
            fs.writeSync(fd, bytes, 0, bytes.length, piece.at);
            const seen = await scanOrRefuse(scratch.image);
            // A wrong thing with a right checksum may be believed; it must not break anything.
            if (seen !== undefined && !isSealed) expectHonest(seen, before, scanDevice.agInoBits);
            if (seen !== undefined) {
              const inos = seen.rows.map(({ ino }) => ino);
              expect(inos.every((ino, index) => index === 0 || ino > (inos[index - 1] ?? 0n))).toBe(true);
            }
            fs.writeSync(fd, original, 0, original.length, piece.at);
          }
          fs.closeSync(fd);
          expect((await scanImage(scratch.image)).rows).toEqual(sound.rows);
          for (const sizeBytes of [
            0,
            511,
            4096,
            70_000,
            scanDevice.agBytes,
            scanDevice.agBytes + 5000,
            scanDevice.sizeBytes - 1024 * 1024,
          ]) {
            fs.truncateSync(scratch.image, sizeBytes);
            const seen = await scanOrRefuse(scratch.image);
            if (seen !== undefined) expectHonest(seen, before, scanDevice.agInoBits);
          }
        },
      );
    },
    120_000 + MUTATIONS * 1000,
  );
});
