/** The log of record-writes.c: what reached two drives, in which order, and what of it had been flushed at any moment. */
import fs from 'node:fs';

const HEADER_BYTES = 16;
const TYPES = { 1: 'write', 2: 'flush', 3: 'punch' } as const;

export interface WriteRecord {
  readonly type: (typeof TYPES)[keyof typeof TYPES];
  /** Which drive, from 0. */
  readonly image: number;
  readonly lengthBytes: number;
  readonly offset: number;
  /** Where its data lies in the log. */
  readonly dataAt: number;
}

function typeOf(byte: number | undefined): WriteRecord['type'] {
  if (byte === 1 || byte === 2 || byte === 3) return TYPES[byte];
  throw new Error(`the log of writes holds a record of type ${byte}`);
}

/** All records. The data stays in the file. */
export function readWriteLog(log: string): WriteRecord[] {
  const fd = fs.openSync(log, 'r');
  try {
    const records: WriteRecord[] = [];
    const end = fs.fstatSync(fd).size;
    const header = Buffer.alloc(HEADER_BYTES);
    for (let at = 0; at < end;) {
      if (fs.readSync(fd, header, 0, HEADER_BYTES, at) !== HEADER_BYTES) throw new Error(`${log} is cut short`);
      const type = typeOf(header[0]);
      const lengthBytes = header.readUInt32LE(4);
      const dataAt = at + HEADER_BYTES;
      records.push({
        type,
        image: header.readUInt8(1),
        lengthBytes,
        offset: Number(header.readBigUInt64LE(8)),
        dataAt,
      });
      at = dataAt + (type === 'write' ? lengthBytes : 0);
    }
    return records;
  } finally {
    fs.closeSync(fd);
  }
}
