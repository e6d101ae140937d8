/** Looks at files in good order; tests spoil one thing at a time. */
import type { FileRow } from '../../../src/catalog/file-row.js';
import type { IntentRow } from '../../../src/catalog/intent-rows.js';
import type { DmAttribute } from '../../../src/dm/dm-attribute.js';
import { parseObjectId, toFsId, toOp } from '../../../src/dm/identity.js';
import type { AttributeState } from '../../../src/dm/states.js';
import { toGen, toIno } from '../../../src/native/inode-id.js';
import type { FileStat } from '../../../src/native/statx.js';
import type { Look } from '../../../src/reconcile/look.js';

export const ID = { ino: toIno(131n), gen: toGen(7) };
export const OBJECT_ID = parseObjectId('01890a5d-ac96-774b-bcce-b302099a8057');
export const OTHER_OBJECT_ID = parseObjectId('01890a5d-ac96-774b-bcce-b302099a8058');
const FS = toFsId(99);
const OP = toOp(40n);
const MTIME_NS = 1_700_000_000_000_000_002n;
const CTIME_NS = 1_700_000_000_000_000_003n;

export const stat = (change: Partial<FileStat> = {}): FileStat =>
  ({
    ino: ID.ino,
    mode: 0o100644,
    nlink: 1,
    sizeBytes: 8192n,
    blocks512: 16n,
    mtimeNs: MTIME_NS,
    ctimeNs: CTIME_NS,
    btimeNs: 1n,
    ...change,
  }) as FileStat;

export const attribute = (state: AttributeState, change: Partial<DmAttribute> = {}): DmAttribute => ({
  version: 1,
  state,
  mtimeSaturated: false,
  op: OP,
  objectId: OBJECT_ID,
  ...ID,
  fsId: FS,
  sizeBytes: 8192n,
  mtimeNs: MTIME_NS,
  ...change,
});

export const own = (state: AttributeState, change: Partial<DmAttribute> = {}): Look['attribute'] => ({
  kind: 'own',
  attribute: attribute(state, change),
});

export const row = (state: 'dual' | 'offline', change: Partial<FileRow> = {}): FileRow => ({
  fs: FS,
  ...ID,
  state,
  objectId: OBJECT_ID,
  op: OP,
  btimeNs: 1n,
  sizeBytes: 8192n,
  mtimeNs: MTIME_NS,
  ctimeNs: CTIME_NS,
  nonzeroBytes: 8192n,
  pathHint: Buffer.from('/data/file'),
  changeSeq: 5n,
  ...change,
});

export const intent = (kind: IntentRow['kind'], change: Partial<IntentRow> = {}): IntentRow => ({
  op: OP,
  fs: FS,
  ...ID,
  kind,
  objectId: OBJECT_ID,
  previousObjectId: undefined,
  ownerId: '01890a5d-0000-774b-bcce-b302099a8057',
  sizeBytes: 8192n,
  mtimeNs: MTIME_NS,
  ctimeNs: CTIME_NS,
  openedMs: 1,
  pathHint: Buffer.from('/data/file'),
  capability: undefined,
  ...change,
});

export const owner = (alive: boolean): NonNullable<Look['owner']> => ({
  ownerId: '01890a5d-0000-774b-bcce-b302099a8057',
  pid: 4711,
  host: 'tape-robot',
  bootId: 'boot',
  lockFile: Buffer.from('lock'),
  command: 'archive',
  startedMs: 1,
  alive,
});

/** A file in good order. */
export const look = (state: 'dual' | 'offline' | 'resident', change: Partial<Look> = {}): Look => ({
  id: ID,
  changing: false,
  presence: { kind: 'present', stat: stat(state === 'offline' ? { blocks512: 0n } : {}) },
  attribute: state === 'resident' ? { kind: 'none' } : own(state),
  ...(state !== 'resident' && { row: row(state) }),
  layout: 'unknown',
  nextOp: toOp(41n),
  ...change,
});
