import type { Fd } from '../../native/io.js';

/**
 * What a scan of a device needs of it; plain data, so that it can be handed to worker threads. Descriptors belong to the
 * process, not to a thread: the main thread opens and closes `fd`, workers only read from it.
 */
export interface ScanDevice {
  /** Open for reading past the page cache: XFS does not use the device's own, which may be stale. */
  readonly fd: Fd;
  /** For messages. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly blockSizeBytes: number;
  readonly sectorSizeBytes: number;
  readonly inodeSizeBytes: number;
  readonly agBlocks: number;
  /** Length of an allocation group; the last one may be shorter. */
  readonly agBytes: number;
  /** Bits of an inode number below the allocation group's. */
  readonly agInoBits: number;
  /** Of these, the bits below the block's. */
  readonly inodesPerBlockLog: number;
  readonly hasSparseChunks: boolean;
  /** What the filesystem's metadata carry, 16 bytes. Arrives in a worker as a plain Uint8Array. */
  readonly metaUuid: Uint8Array;
  /** Believe only what has a right checksum. */
  readonly verifyCrc: boolean;
  /** The filesystem's own files, left out. */
  readonly internalInos: readonly bigint[];
}

/** Part of an allocation group, by inode numbers within the group; the end is not included. */
export interface AgInoSpan {
  readonly from: number;
  readonly end: number;
}

export const wholeGroup = (device: Pick<ScanDevice, 'agInoBits'>): AgInoSpan => ({
  from: 0,
  end: 2 ** device.agInoBits,
});
