/** The sidecar, `<uuid>.json` beside an object: enough to rebuild the catalog from the archive alone. */
import { parseObjectId, toFsId, toOp, ID_BYTES, type FsId, type ObjectId, type Op } from '../dm/identity.js';
import { toGen, toIno, type Gen, type Ino } from '../native/inode-id.js';
import { JsonRecord } from './json-record.js';
import { decodeNonzeroMap, encodeNonzeroMap } from './nonzero-map-codec.js';
import type { NonzeroMap } from './nonzero-map.js';

const VERSION = 1;
const U32_MAX = 0xffff_ffff;
const SHA256_BYTES = 32;

/** Times are signed nanoseconds since 1970. */
export interface Sidecar {
  readonly objectId: ObjectId;
  readonly storeId: string;
  readonly catalogId: string;
  readonly epoch: bigint;
  readonly op: Op;
  readonly fsId: FsId;
  /** The filesystem's 16 random bytes, from its root mark. */
  readonly fsRandomId: Buffer;
  readonly ino: Ino;
  readonly gen: Gen;
  readonly sizeBytes: bigint;
  readonly mtimeNs: bigint;
  readonly btimeNs: bigint;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly sha256: Buffer;
  readonly map: NonzeroMap;
  /** The path at the time, exact bytes: a hint, files move. */
  readonly path: Buffer;
  readonly archivedAtMs: number;
}

/** `path` is for people and may be lossy, `path_base64` is exact; 64-bit quantities are decimal strings. */
export function encodeSidecar(sidecar: Sidecar): Buffer {
  const record = {
    format: 'hsmck-object',
    version: VERSION,
    object_id: sidecar.objectId,
    store_id: sidecar.storeId,
    catalog_id: sidecar.catalogId,
    epoch: sidecar.epoch.toString(),
    op: sidecar.op.toString(),
    fs_id: sidecar.fsId,
    fs_random_id: sidecar.fsRandomId.toString('hex'),
    ino: sidecar.ino.toString(),
    gen: sidecar.gen,
    size: sidecar.sizeBytes.toString(),
    mtime_ns: sidecar.mtimeNs.toString(),
    btime_ns: sidecar.btimeNs.toString(),
    uid: sidecar.uid,
    gid: sidecar.gid,
    mode: sidecar.mode,
    sha256: sidecar.sha256.toString('hex'),
    grain_bytes: sidecar.map.grainBytes,
    nonzero_map: encodeNonzeroMap(sidecar.map).toString('base64'),
    nonzero_bytes: sidecar.map.nonzeroBytes.toString(),
    path: sidecar.path.toString('utf8'),
    path_base64: sidecar.path.toString('base64'),
    archived_at: new Date(sidecar.archivedAtMs).toISOString(),
  };
  return Buffer.from(`${JSON.stringify(record, undefined, 2)}\n`);
}

function parseMap(record: JsonRecord, sizeBytes: bigint): NonzeroMap {
  const map = record.convert('nonzero_map', () => decodeNonzeroMap(record.base64('nonzero_map')));
  const last = map.ranges.at(-1);
  const endBytes = last ? last.offset + last.length : 0;
  if (BigInt(endBytes) > sizeBytes) throw record.failure(`maps ${endBytes} bytes of a file of ${sizeBytes}`);
  const agrees =
    record.integer('grain_bytes', U32_MAX) === map.grainBytes &&
    record.decimal('nonzero_bytes') === BigInt(map.nonzeroBytes);
  if (!agrees) throw record.failure('contradicts its own non-zero map in "grain_bytes" or "nonzero_bytes"');
  return map;
}

/**
 * Reads a sidecar.
 * @param name the file's path, for messages
 * @throws StoreError ESTORE_RECORD, naming the field
 */
export function parseSidecar(text: string, name: string): Sidecar {
  const record = new JsonRecord(text, { name, code: 'ESTORE_RECORD' });
  const format = record.string('format');
  const version = record.integer('version', U32_MAX);
  if (format !== 'hsmck-object') throw record.failure(`has the format "${format}": it is no sidecar`);
  if (version !== VERSION) throw record.failure(`has version ${version}; this hsmck reads version ${VERSION}`);
  const sizeBytes = record.decimal('size');
  return {
    objectId: parseObjectId(record.uuid('object_id')),
    storeId: record.uuid('store_id'),
    catalogId: record.string('catalog_id'),
    epoch: record.decimal('epoch'),
    op: record.convert('op', () => toOp(record.decimal('op'))),
    fsId: toFsId(record.integer('fs_id', U32_MAX)),
    fsRandomId: record.hex('fs_random_id', ID_BYTES),
    ino: toIno(record.decimal('ino')),
    gen: toGen(record.integer('gen', U32_MAX)),
    sizeBytes,
    mtimeNs: record.decimal('mtime_ns', 's64'),
    btimeNs: record.decimal('btime_ns', 's64'),
    uid: record.integer('uid', U32_MAX),
    gid: record.integer('gid', U32_MAX),
    mode: record.integer('mode', 0xffff),
    sha256: record.hex('sha256', SHA256_BYTES),
    map: parseMap(record, sizeBytes),
    path: record.base64('path_base64'),
    archivedAtMs: record.time('archived_at'),
  };
}
