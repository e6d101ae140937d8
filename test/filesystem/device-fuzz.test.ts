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

const MUTATIONS = Number(process.env['HSMCK_FUZZ'] ?? 10_000);
const SEED = Number(process.env['HSMCK_FUZZ_SEED'] ?? Date.now() % 1_000_000);
const SCAN_SECONDS_MAX = 20;
/** Inodes do not depend on each other: so many are changed at once, and each is judged by itself. */
const INODES_AT_ONCE = 64;

/** A piece of metadata with a checksum of its own. */
interface Piece {
  readonly what: string;
  readonly at: number;
  readonly lengthBytes: number;
  readonly crcAt: number;
  /** The inode's number, if it is one. */
  readonly ino?: bigint;
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
    return { what: 'inode', ino, at: agno * agBytes + agIno * inodeSizeBytes, lengthBytes: inodeSizeBytes, crcAt: 100 };
  });
  return [{ what: 'superblock', at: 0, lengthBytes: sectorSizeBytes, crcAt: 224 }, ...groups, ...inodes];
}

const EXTREMES = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff, 0xff] as const;

function disturb(bytes: Buffer, other: Buffer, pick: (below: number) => number): void {
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

interface Change {
  readonly piece: Piece;
  readonly original: Buffer;
  /** Its checksum was made right: it may be believed, but must not break anything. */
  readonly isSealed: boolean;
}

/** An image with hostile bytes, and what it was before. */
interface HostileImage {
  readonly image: string;
  readonly fd: number;
  readonly device: ScanDevice;
  readonly pieces: readonly Piece[];
  readonly sound: SourceScan;
  readonly before: ReadonlyMap<bigint, string>;
}

/** Changes a piece of the image. */
function spoil({ fd }: HostileImage, piece: Piece, isSealed: boolean, change: (bytes: Buffer) => void): Change {
  const original = readAt(fd, piece.at, piece.lengthBytes);
  const bytes = Buffer.from(original);
  change(bytes);
  if (isSealed) fixCrc(bytes, piece.crcAt);
  fs.writeSync(fd, bytes, 0, bytes.length, piece.at);
  return { piece, original, isSealed };
}

/** Nothing is shown that was not there, and what is missing was told; but for what may be believed. */
function expectHonest({ before, device }: HostileImage, seen: SourceScan, believed: ReadonlySet<bigint>): void {
  const unreadable = new Set(seen.unreadable.map(({ ino }) => BigInt(ino)));
  const cut = new Set(seen.results.filter(({ complete }) => !complete).map(({ agno }) => BigInt(agno)));
  const shown = new Set<bigint>();
  for (const row of seen.rows) {
    if (!believed.has(row.ino) && before.get(row.ino) !== asText(row))
      throw new Error(`inode ${row.ino} is shown as ${asText(row)}`);
    shown.add(row.ino);
  }
  for (const ino of before.keys()) {
    if (believed.has(ino) || shown.has(ino) || unreadable.has(ino)) continue;
    if (!cut.has(ino >> BigInt(device.agInoBits))) throw new Error(`inode ${ino} is lost`);
  }
}

/** Scans the image with these changes, judges what is shown, and takes them back. */
async function scanChanged(world: HostileImage, changes: readonly Change[]): Promise<void> {
  const seen = await scanOrRefuse(world.image);
  const sealed = changes.filter(({ isSealed }) => isSealed);
  if (seen !== undefined) {
    const inos = seen.rows.map(({ ino }) => ino);
    expect(inos.every((ino, index) => index === 0 || ino > (inos[index - 1] ?? 0n))).toBe(true);
    // A tree or a header that is believed may hide or invent anything; an inode, itself alone.
    const believed = new Set(sealed.flatMap(({ piece }) => piece.ino ?? []));
    if (sealed.every(({ piece }) => piece.ino !== undefined)) expectHonest(world, seen, believed);
  }
  for (const { piece, original } of changes) fs.writeSync(world.fd, original, 0, original.length, piece.at);
}

async function withHostileImage(use: (world: HostileImage) => Promise<void>): Promise<void> {
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
      const { image } = scratch;
      const sound = await scanImage(image);
      const before = new Map(sound.rows.map((row) => [row.ino, asText(row)]));
      const { scanDevice: device, partitions, close } = openUnmounted(image, false);
      const fd = fs.openSync(image, 'r+');
      const pieces = listPieces(fd, device, partitions.length, sound.rows);
      close();
      try {
        await use({ image, fd, device, pieces, sound, before });
      } finally {
        fs.closeSync(fd);
      }
    },
  );
}

const kindOf = ({ pieces }: HostileImage, what: string): readonly Piece[] =>
  pieces.filter((piece) => piece.what === what);

/** One piece that others depend on, or many inodes: so many changes are made, in turn. */
async function changeAtRandom(world: HostileImage): Promise<void> {
  const pick = random(SEED);
  const structure = ['superblock', 'header', 'tree', 'tree'].map((what) => kindOf(world, what));
  const inodes = kindOf(world, 'inode');
  for (let made = 0, round = 0; made < MUTATIONS; round++) {
    const from = round % 2 === 0 ? (structure[(round / 2) % structure.length] ?? []) : inodes;
    const count = from === inodes ? Math.min(INODES_AT_ONCE, MUTATIONS - made) : 1;
    const chosen = new Set<Piece>();
    while (chosen.size < count) {
      const piece = from[pick(from.length)];
      if (piece === undefined) throw new Error('no pieces');
      chosen.add(piece);
    }
    const changes = [...chosen].map((piece) => {
      const other = world.pieces[pick(world.pieces.length)] ?? piece;
      const otherBytes = readAt(world.fd, other.at, piece.lengthBytes);
      return spoil(world, piece, pick(2) === 0, (bytes) => disturb(bytes, otherBytes, pick));
    });
    await scanChanged(world, changes);
    made += changes.length;
  }
}

/** Each bit of an inode's bytes, with the checksum as it was and made right. */
async function flipEveryBit(world: HostileImage): Promise<void> {
  const inodes = kindOf(world, 'inode').slice(0, INODES_AT_ONCE);
  for (const isSealed of [false, true]) {
    for (let from = 0; from < world.device.inodeSizeBytes * 8; from += inodes.length) {
      const changes = inodes.map((piece, index) =>
        spoil(world, piece, isSealed, (bytes) => {
          const bit = (from + index) % (bytes.length * 8);
          bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        }),
      );
      await scanChanged(world, changes);
    }
  }
}

async function cutOff(world: HostileImage): Promise<void> {
  const { agBytes, sizeBytes: wholeBytes } = world.device;
  for (const sizeBytes of [wholeBytes - 1024 * 1024, agBytes + 5000, agBytes, 70_000, 4096, 511, 0]) {
    fs.ftruncateSync(world.fd, sizeBytes);
    const seen = await scanOrRefuse(world.image);
    if (seen !== undefined) expectHonest(world, seen, new Set());
  }
}

describeAsRoot('hostile bytes on a device', () => {
  it(
    `every bit of an inode, ${MUTATIONS} changes of seed ${SEED}, and an image that was cut off`,
    async () => {
      await withHostileImage(async (world) => {
        expect(kindOf(world, 'tree').length).toBeGreaterThan(2);
        await flipEveryBit(world);
        await changeAtRandom(world);
        expect((await scanImage(world.image)).rows).toEqual(world.sound.rows);
        await cutOff(world);
      });
    },
    240_000 + MUTATIONS * 50,
  );
});
