/** Single values out of a batch as bigints: convenient, and too slow for every inode of a scan. */
import { ATTRIBUTE_BYTES } from '../dm/attribute-layout.js';
import { toGen, toIno, type Ino, type InodeId } from '../native/inode-id.js';
import type { InodeBatch } from './inode-batch.js';

const join = (low: number | undefined, high: number | undefined): bigint =>
  (BigInt(high ?? 0) << 32n) | BigInt(low ?? 0);

export const inoAt = (batch: InodeBatch, index: number): Ino => toIno(join(batch.inoLow[index], batch.inoHigh[index]));

export const inodeIdAt = (batch: InodeBatch, index: number): InodeId => ({
  ino: inoAt(batch, index),
  gen: toGen(batch.gen[index] ?? 0),
});

/** Bytes. */
export const sizeAt = (batch: InodeBatch, index: number): bigint => join(batch.sizeLow[index], batch.sizeHigh[index]);

/** Units of 512 bytes. */
export const blocks512At = (batch: InodeBatch, index: number): bigint =>
  join(batch.blocksLow[index], batch.blocksHigh[index]);

export const mtimeNsAt = (batch: InodeBatch, index: number): bigint =>
  BigInt.asIntN(64, join(batch.mtimeLow[index], batch.mtimeHigh[index]));

export const ctimeNsAt = (batch: InodeBatch, index: number): bigint =>
  BigInt.asIntN(64, join(batch.ctimeLow[index], batch.ctimeHigh[index]));

/** The 64 attribute bytes of a row, copied; they mean something only where the status is `present`. */
export const attributeBytesAt = (batch: InodeBatch, index: number): Buffer =>
  Buffer.from(batch.attributes.subarray(index * ATTRIBUTE_BYTES, (index + 1) * ATTRIBUTE_BYTES));
