/** store.json: whose store a folder is. Its absence means that the store is not there, whatever else the folder holds. */
import { toOp, type Op } from '../dm/identity.js';
import { JsonRecord } from './json-record.js';

const FORMAT = 'hsmck-store';
const VERSION = 1;

export interface StoreIdentity {
  /** A UUID, made with the store. */
  readonly storeId: string;
  /** The catalog that owns the store. */
  readonly catalogId: string;
  /** The owning catalog's epoch, 64 bits, random. */
  readonly epoch: bigint;
  /** No operation number above it was ever given out in this epoch. */
  readonly opLimit: Op;
  readonly createdMs: number;
}

/** The owner's high-water mark, advanced in blocks. */
export interface StoreMark {
  readonly epoch: bigint;
  readonly opLimit: Op;
}

/** The bytes of store.json, UTF-8 (docs/format.md). */
export function encodeStoreIdentity(identity: StoreIdentity): Buffer {
  const record = {
    format: FORMAT,
    version: VERSION,
    store_id: identity.storeId,
    catalog_id: identity.catalogId,
    epoch: identity.epoch.toString(),
    op_limit: identity.opLimit.toString(),
    created: new Date(identity.createdMs).toISOString(),
  };
  return Buffer.from(`${JSON.stringify(record, undefined, 2)}\n`);
}

/**
 * Reads store.json.
 * @param name the file's path, for messages
 * @throws StoreError ESTORE_FOREIGN unless it is a store of this version
 */
export function parseStoreIdentity(text: string, name: string): StoreIdentity {
  const record = new JsonRecord(text, { name, code: 'ESTORE_FOREIGN' });
  const format = record.string('format');
  if (format !== FORMAT) throw record.failure(`has the format "${format}", not "${FORMAT}": it is no hsmck store`);
  const version = record.integer('version', 0xffff_ffff);
  if (version !== VERSION)
    throw record.failure(`has version ${version}; this hsmck reads version ${VERSION}: use the one that wrote it`);
  const catalogId = record.string('catalog_id');
  if (catalogId === '') throw record.failure('names no catalog');
  return {
    storeId: record.uuid('store_id'),
    catalogId,
    epoch: record.decimal('epoch'),
    opLimit: record.convert('op_limit', () => toOp(record.decimal('op_limit'))),
    createdMs: record.time('created'),
  };
}
