/** `<uuid>.trash.json`: why and when an object was dropped. Without it an object in trash/ has no age to purge it by. */
import { parseObjectId, toOp, type ObjectId, type Op } from '../dm/identity.js';
import { JsonRecord } from './json-record.js';

/** What the one who drops an object has to say. */
export interface TrashReason {
  /** One of the project's fixed words, such as `remove` or `revert`, or a sentence. */
  readonly reason: string;
  readonly op: Op;
  readonly atMs: number;
}

export interface TrashRecord extends TrashReason {
  readonly objectId: ObjectId;
}

/** The bytes of a trash record, UTF-8 (docs/format.md). */
export function encodeTrashRecord(record: TrashRecord): Buffer {
  const fields = {
    format: 'hsmck-trash',
    version: 1,
    object_id: record.objectId,
    reason: record.reason,
    op: record.op.toString(),
    trashed_at: new Date(record.atMs).toISOString(),
  };
  return Buffer.from(`${JSON.stringify(fields, undefined, 2)}\n`);
}

/** @throws StoreError ESTORE_RECORD, naming the field */
export function parseTrashRecord(text: string, name: string): TrashRecord {
  const record = new JsonRecord(text, { name, code: 'ESTORE_RECORD' });
  const format = record.string('format');
  const version = record.integer('version', 0xffff_ffff);
  if (format !== 'hsmck-trash' || version !== 1)
    throw record.failure(`is "${format}" version ${version}, not a trash record`);
  return {
    objectId: parseObjectId(record.uuid('object_id')),
    reason: record.string('reason'),
    op: record.convert('op', () => toOp(record.decimal('op'))),
    atMs: record.time('trashed_at'),
  };
}
