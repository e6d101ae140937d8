import { OperationalError } from '../../errors.js';

/**
 * The superblock at the start of an XFS device (fs/xfs/libxfs/xfs_format.h, struct xfs_dsb); big-endian. Byte offsets.
 */
const OFFSET = {
  magic: 0,
  blockSize: 4,
  dataBlocks: 8,
  rtBlocks: 16,
  uuid: 32,
  logStart: 48,
  rootIno: 56,
  rtBitmapIno: 64,
  rtSummaryIno: 72,
  agBlocks: 84,
  agCount: 88,
  logBlocks: 96,
  version: 100,
  sectorSize: 102,
  inodeSize: 104,
  blockLog: 120,
  inodeLog: 122,
  inodesPerBlockLog: 123,
  agBlockLog: 124,
  inProgress: 126,
  quotaInos: [160, 168, 232],
  features: 216,
  metaUuid: 248,
} as const;

/** Where its checksum stands, which covers the first sector. */
export const SUPERBLOCK_CRC_AT = 224;

/** Bytes of the superblock that are read here. */
export const SUPERBLOCK_BYTES = 264;

const MAGIC = 0x58465342; // XFSB
const VERSION_MASK = 0xf;
const VERSION_5 = 5;
const NO_INO = 0xffff_ffff_ffff_ffffn;

/** Incompatible features, of which all that may occur have to be known: another one changes what is on disk. */
const FEATURE = { sparseChunks: 0x2, metaUuid: 0x4, needsRepair: 0x10 } as const;
/** Types in folders, sparse inode chunks, meta UUID, big times, 64-bit extent counters, exchange range, parent pointers. */
const KNOWN_FEATURES = 0x1 | 0x2 | FEATURE.metaUuid | 0x8 | 0x20 | 0x40 | 0x80;

/** What a scan of the device needs to know of the filesystem on it. */
export interface Superblock {
  readonly blockSizeBytes: number;
  readonly dataBlocks: bigint;
  readonly agBlocks: number;
  readonly agCount: number;
  readonly sectorSizeBytes: number;
  readonly inodeSizeBytes: number;
  readonly inodeLog: number;
  /** Bits of an inode number below the allocation group's: those of the block, then those of the inode within it. */
  readonly agInoBits: number;
  readonly agBlockLog: number;
  readonly inodesPerBlockLog: number;
  /** Inode chunks may have holes. */
  readonly hasSparseChunks: boolean;
  /** The filesystem's name for itself, which an administrator may change. */
  readonly uuid: Buffer;
  /** What its metadata carry. */
  readonly metaUuid: Buffer;
  /** The filesystem's own files, which no folder shows: real-time bitmap and summary, quota. */
  readonly internalInos: readonly bigint[];
  readonly rootIno: bigint;
  /** The journal's first filesystem block; 0 if it is on another device. */
  readonly logStart: bigint;
  readonly logBlocks: number;
}

/** A device that cannot be scanned, in words that fit behind "the device ...". */
export class DeviceError extends OperationalError {}

const refuse = (code: string, why: string): DeviceError => new DeviceError(code, why);

const isPowerOfTwo = (value: number, least: number, most: number): boolean =>
  value >= least && value <= most && (value & (value - 1)) === 0;

function refuseUnsupported(view: DataView): void {
  if (view.getUint32(OFFSET.magic) !== MAGIC) throw refuse('ENOTXFS', 'it holds no XFS');
  const version = view.getUint16(OFFSET.version) & VERSION_MASK;
  if (version !== VERSION_5)
    throw refuse('EUNSUPPORTED', `it holds XFS version ${version}, and only version 5 is read`);
  if (view.getUint8(OFFSET.inProgress) !== 0) throw refuse('EUNSUPPORTED', 'mkfs.xfs or xfs_copy did not finish on it');
  const features = view.getUint32(OFFSET.features);
  if ((features & FEATURE.needsRepair) !== 0) throw refuse('EUNSUPPORTED', 'it needs xfs_repair');
  const unknown = features & ~KNOWN_FEATURES;
  if (unknown !== 0)
    throw refuse('EUNSUPPORTED', `it has features that are not known here (0x${unknown.toString(16)})`);
  if (view.getBigUint64(OFFSET.rtBlocks) !== 0n) throw refuse('EREALTIME', 'the filesystem has a real-time section');
}

/** Numbers that contradict each other would send reads anywhere. */
function refuseNonsense(superblock: Superblock, view: DataView): void {
  const { blockSizeBytes, sectorSizeBytes, inodeSizeBytes, agBlocks, agCount, dataBlocks } = superblock;
  const groupsBlocks = BigInt(agBlocks) * BigInt(agCount);
  const isSane =
    isPowerOfTwo(blockSizeBytes, 1024, 65_536) &&
    isPowerOfTwo(sectorSizeBytes, 512, 32_768) &&
    isPowerOfTwo(inodeSizeBytes, 512, 2048) &&
    inodeSizeBytes * 2 <= blockSizeBytes &&
    1 << view.getUint8(OFFSET.inodeLog) === inodeSizeBytes &&
    1 << view.getUint8(OFFSET.blockLog) === blockSizeBytes &&
    inodeSizeBytes << view.getUint8(OFFSET.inodesPerBlockLog) === blockSizeBytes &&
    agBlocks > 0 &&
    agCount > 0 &&
    agBlocks <= 2 ** view.getUint8(OFFSET.agBlockLog) &&
    superblock.agInoBits <= 32 &&
    dataBlocks <= groupsBlocks &&
    dataBlocks > groupsBlocks - BigInt(agBlocks) &&
    dataBlocks * BigInt(blockSizeBytes) <= BigInt(Number.MAX_SAFE_INTEGER);
  if (!isSane) throw refuse('EUNSUPPORTED', 'the numbers in its superblock contradict each other');
}

const uuidAt = (bytes: Buffer, at: number): Buffer => Buffer.from(bytes.subarray(at, at + 16));

/**
 * Takes a superblock apart.
 * @throws DeviceError ENOTXFS, EUNSUPPORTED, EREALTIME
 */
export function parseSuperblock(bytes: Buffer): Superblock {
  if (bytes.length < SUPERBLOCK_BYTES) throw refuse('ENOTXFS', 'it is too small to hold XFS');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  refuseUnsupported(view);
  const uuid = uuidAt(bytes, OFFSET.uuid);
  const inos = [OFFSET.rtBitmapIno, OFFSET.rtSummaryIno, ...OFFSET.quotaInos].map((at) => view.getBigUint64(at));
  const superblock: Superblock = {
    blockSizeBytes: view.getUint32(OFFSET.blockSize),
    dataBlocks: view.getBigUint64(OFFSET.dataBlocks),
    agBlocks: view.getUint32(OFFSET.agBlocks),
    agCount: view.getUint32(OFFSET.agCount),
    sectorSizeBytes: view.getUint16(OFFSET.sectorSize),
    inodeSizeBytes: view.getUint16(OFFSET.inodeSize),
    inodeLog: view.getUint8(OFFSET.inodeLog),
    agBlockLog: view.getUint8(OFFSET.agBlockLog),
    inodesPerBlockLog: view.getUint8(OFFSET.inodesPerBlockLog),
    hasSparseChunks: (view.getUint32(OFFSET.features) & FEATURE.sparseChunks) !== 0,
    agInoBits: view.getUint8(OFFSET.agBlockLog) + view.getUint8(OFFSET.inodesPerBlockLog),
    uuid,
    metaUuid: (view.getUint32(OFFSET.features) & FEATURE.metaUuid) !== 0 ? uuidAt(bytes, OFFSET.metaUuid) : uuid,
    internalInos: inos.filter((ino) => ino !== 0n && ino !== NO_INO),
    rootIno: view.getBigUint64(OFFSET.rootIno),
    logStart: view.getBigUint64(OFFSET.logStart),
    logBlocks: view.getUint32(OFFSET.logBlocks),
  };
  refuseNonsense(superblock, view);
  return superblock;
}
