import { describe, expect, it } from 'vitest';
import { attributeBytesAt, ctimeNsAt, inoAt } from '../../../src/scan/batch-values.js';
import { InodeBatch } from '../../../src/scan/inode-batch.js';

function batchOf(...inos: bigint[]): InodeBatch {
  const batch = new InodeBatch(inos.length + 2);
  for (const ino of inos) {
    const row = batch.count++;
    batch.inoLow[row] = Number(ino & 0xffff_ffffn);
    batch.inoHigh[row] = Number(ino >> 32n);
    batch.state[row] = row;
    batch.attributes.fill(row + 1, row * 64, row * 64 + 64);
  }
  return batch;
}

const inos = (batch: InodeBatch): bigint[] => Array.from({ length: batch.count }, (_, row) => inoAt(batch, row));

describe('InodeBatch', () => {
  it('finds the place of an inode number beyond 32 bits', () => {
    const batch = batchOf(5n, 0x1_0000_0001n, 0x2_0000_0000n);
    expect(batch.lowerBound(6, 0)).toBe(1);
    expect(batch.lowerBound(1, 1)).toBe(1);
    expect(batch.lowerBound(2, 1)).toBe(2);
    expect(batch.lowerBound(1, 2)).toBe(3);
  });

  it('moves all columns together, attributes at 64 bytes a row', () => {
    const batch = batchOf(1n, 2n, 3n);
    batch.makeRoomAt(1);
    expect(batch.count).toBe(4);
    expect([batch.state[0], batch.state[2], batch.state[3]]).toEqual([0, 1, 2]);
    batch.removeAt(1);
    expect(inos(batch)).toEqual([1n, 2n, 3n]);
    batch.removeFirst(2);
    expect(inos(batch)).toEqual([3n]);
    expect(attributeBytesAt(batch, 0)).toEqual(Buffer.alloc(64, 3));
  });

  it('has columns that do not overlap', () => {
    const batch = new InodeBatch(3);
    const views = Object.values(batch).filter((value) => ArrayBuffer.isView(value));
    // Attributes are seen twice: by bytes and by words.
    const columns = views.filter((view) => view !== batch.attributeWords);
    expect(batch.attributeWords).toMatchObject({ byteOffset: batch.attributes.byteOffset, length: 3 * 16 });
    columns.forEach((column, index) => (column as Uint8Array).fill(index + 1));
    columns.forEach((column, index) => {
      expect(new Set(column as Uint8Array)).toEqual(new Set([index + 1]));
    });
    expect(new Set(columns.map((column) => column.buffer)).size).toBe(1);
    expect(columns).toHaveLength(20);
  });

  it('reads times as signed', () => {
    const batch = batchOf(1n);
    batch.ctimeLow[0] = 0xffff_ffff;
    batch.ctimeHigh[0] = 0xffff_ffff;
    expect(ctimeNsAt(batch, 0)).toBe(-1n);
  });
});
