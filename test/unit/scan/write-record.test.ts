import { describe, expect, it } from 'vitest';
import { BULK_IREQ, BULKSTAT } from '../../../src/native/layouts.js';
import { BulkstatRequest } from '../../../src/native/xfs-bulkstat.js';
import { ctimeNsAt, inoAt, mtimeNsAt, sizeAt, blocks512At } from '../../../src/scan/batch-values.js';
import { ATTRIBUTE_STATUS, InodeBatch } from '../../../src/scan/inode-batch.js';
import { writeRecord } from '../../../src/scan/xfs-bulkstat/write-record.js';

const AT = BulkstatRequest.wordOffset(0);

/** A reply with one record whose values need all of their bits. */
function reply(): Uint32Array {
  const { words } = new BulkstatRequest(1);
  const bytes = Buffer.from(words.buffer, BULK_IREQ.sizeBytes, BULKSTAT.sizeBytes);
  const { fields } = BULKSTAT;
  bytes.writeBigUInt64LE(0x7fff_ffff_ffff_fffdn, fields.bs_ino[0]);
  bytes.writeBigUInt64LE(0x7fff_ffff_ffff_fffbn, fields.bs_size[0]);
  bytes.writeBigUInt64LE(0x0003_ffff_ffff_fff1n, fields.bs_blocks[0]);
  bytes.writeBigUInt64LE(0x8000_0001n, fields.bs_xflags[0]);
  bytes.writeBigInt64LE(-9_000_000_001n, fields.bs_mtime[0]);
  bytes.writeUInt32LE(999_999_999, fields.bs_mtime_nsec[0]);
  bytes.writeBigInt64LE(9_000_000_001n, fields.bs_ctime[0]);
  bytes.writeUInt32LE(1, fields.bs_ctime_nsec[0]);
  bytes.writeUInt32LE(0xffff_fff7, fields.bs_gen[0]);
  bytes.writeUInt32LE(0xffff_fff6, fields.bs_uid[0]);
  bytes.writeUInt32LE(0xffff_fff5, fields.bs_gid[0]);
  bytes.writeUInt32LE(0xffff_fff4, fields.bs_projectid[0]);
  bytes.writeUInt32LE(4096, fields.bs_blksize[0]);
  bytes.writeUInt32LE(3, fields.bs_nlink[0]);
  // Behind the mode lies padding, of which nothing is promised.
  bytes.writeUInt32LE(0xabcd_81a4, fields.bs_mode[0]);
  return words;
}

const IDENTITY = ['inoLow', 'inoHigh', 'gen', 'mode', 'xflags', 'attributeStatus'] as const;
const DETAILS = [
  ...(['nlink', 'uid', 'gid', 'projid', 'sizeLow', 'sizeHigh', 'blocksLow', 'blocksHigh'] as const),
  ...(['mtimeLow', 'mtimeHigh', 'ctimeLow', 'ctimeHigh'] as const),
];

const valuesOf = (batch: InodeBatch, columns: readonly ((typeof IDENTITY)[number] | (typeof DETAILS)[number])[]) =>
  Object.fromEntries(columns.map((column) => [column, batch[column][1]]));

describe('writeRecord', () => {
  it('takes every column over exactly', () => {
    const batch = new InodeBatch(2);
    batch.attributeStatus[1] = ATTRIBUTE_STATUS.present;
    writeRecord(batch, 1, reply(), AT);
    expect(inoAt(batch, 1)).toBe(0x7fff_ffff_ffff_fffdn);
    expect(sizeAt(batch, 1)).toBe(0x7fff_ffff_ffff_fffbn);
    expect(blocks512At(batch, 1)).toBe(0x0003_ffff_ffff_fff1n * 8n);
    expect(mtimeNsAt(batch, 1)).toBe(-9_000_000_001n * 1_000_000_000n + 999_999_999n);
    expect(ctimeNsAt(batch, 1)).toBe(9_000_000_001n * 1_000_000_000n + 1n);
    expect(valuesOf(batch, ['gen', 'mode', 'xflags', 'nlink', 'uid', 'gid', 'projid', 'attributeStatus'])).toEqual({
      gen: 0xffff_fff7,
      mode: 0o100644,
      xflags: 0x8000_0001,
      nlink: 3,
      uid: 0xffff_fff6,
      gid: 0xffff_fff5,
      projid: 0xffff_fff4,
      attributeStatus: ATTRIBUTE_STATUS.notLookedAt,
    });
  });

  it('fills the same values into the columns of the identity, and leaves the others alone', () => {
    const [all, identity] = [new InodeBatch(2), new InodeBatch(2)];
    writeRecord(all, 1, reply(), AT);
    for (const column of DETAILS) identity[column][1] = 77;
    writeRecord(identity, 1, reply(), AT, 'identity');
    expect(valuesOf(identity, IDENTITY)).toEqual(valuesOf(all, IDENTITY));
    expect(new Set(Object.values(valuesOf(identity, DETAILS)))).toEqual(new Set([77]));
  });
});
