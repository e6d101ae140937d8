import { describe, expect, it } from 'vitest';
import { BULKSTAT } from '../../../src/native/layouts.js';
import { BulkstatRequest } from '../../../src/native/xfs-bulkstat.js';
import type { AttributeRead } from '../../../src/native/xfs-handle.js';
import { ATTRIBUTE_STATUS, InodeBatch } from '../../../src/scan/inode-batch.js';
import { fillAttributes } from '../../../src/scan/xfs-bulkstat/attribute-column.js';
import type { ProbeOutcome } from '../../../src/scan/xfs-bulkstat/inode-probe.js';
import { writeRecord } from '../../../src/scan/xfs-bulkstat/write-record.js';

const HASATTR = 0x8000_0000;

function record(words: Uint32Array, ino: number, gen: number, nlink = 1): void {
  const at = BulkstatRequest.wordOffset(0);
  const set = ([offset]: readonly [number, number], value: number): void => {
    words[at + (offset >> 2)] = value;
  };
  set(BULKSTAT.fields.bs_ino, ino);
  set(BULKSTAT.fields.bs_gen, gen);
  set(BULKSTAT.fields.bs_mode, 0o100644);
  set(BULKSTAT.fields.bs_nlink, nlink);
  set(BULKSTAT.fields.bs_xflags, HASATTR);
  set(BULKSTAT.fields.bs_blksize, 4096);
}

/** Inodes 10, 11, 12 of generation 1; the handle of 11 is stale for the generations given. */
function run(outcome: ProbeOutcome, staleGens: readonly number[], now = { gen: 1, nlink: 1 }) {
  const { words } = new BulkstatRequest(1);
  const batch = new InodeBatch(4);
  for (const ino of [10, 11, 12]) {
    record(words, ino, 1);
    writeRecord(batch, batch.count++, words, BulkstatRequest.wordOffset(0));
  }
  const gone: string[] = [];
  let looks = 0;
  const unreadable = fillAttributes(batch, {
    reader: {
      value: Buffer.alloc(256, 5),
      valueLength: 64,
      read: (ino, _high, gen): AttributeRead => (ino === 11 && staleGens.includes(gen) ? 'stale' : 'value'),
    },
    words,
    probe: () => {
      looks += 1;
      record(words, 11, now.gen, now.nlink);
      return outcome;
    },
    onGone: (kind) => gone.push(kind),
  });
  const rows = Array.from({ length: batch.count }, (_, row) => [batch.inoLow[row], batch.attributeStatus[row]]);
  return { rows, gone, unreadable, looks, gen: batch.gen[1] };
}

const { present, unreadable } = ATTRIBUTE_STATUS;

describe('a stale handle', () => {
  it('of an inode that was freed takes its row out', () => {
    expect(run({ kind: 'freed' }, [1])).toMatchObject({
      rows: [
        [10, present],
        [12, present],
      ],
      gone: ['freed'],
    });
  });

  it('of an inode that was deleted takes its row out', () => {
    const result = run({ kind: 'delivered' }, [1], { gen: 1, nlink: 0 });
    expect(result).toMatchObject({
      rows: [
        [10, present],
        [12, present],
      ],
      gone: ['unlinked'],
    });
  });

  it('of an inode number in use again reads the new inode', () => {
    const result = run({ kind: 'delivered' }, [1], { gen: 2, nlink: 1 });
    expect(result).toMatchObject({
      rows: [
        [10, present],
        [11, present],
        [12, present],
      ],
      gen: 2,
      unreadable: 0,
    });
  });

  it('of an inode that is still there is reported, after a bounded number of looks', () => {
    const result = run({ kind: 'delivered' }, [1]);
    expect(result).toMatchObject({
      rows: [
        [10, present],
        [11, unreadable],
        [12, present],
      ],
      unreadable: 1,
      looks: 3,
    });
  });

  it('of an inode that cannot be read is reported', () => {
    const result = run({ kind: 'unreadable', code: 'EUCLEAN' }, [1]);
    expect(result).toMatchObject({
      rows: [
        [10, present],
        [11, unreadable],
        [12, present],
      ],
      unreadable: 1,
      gone: [],
    });
  });
});
