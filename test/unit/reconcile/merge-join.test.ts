/** The merge join against a naive one, over catalogs and batches of every shape. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NewFileRow } from '../../../src/catalog/file-row.js';
import { encodeDmAttribute } from '../../../src/dm/dm-attribute.js';
import { objectIdFromBytes, toOp } from '../../../src/dm/identity.js';
import { toGen, toIno, type InodeId } from '../../../src/native/inode-id.js';
import { MergeJoin } from '../../../src/reconcile/merge-join.js';
import { fillStates } from '../../../src/scan/inode-state.js';
import { ATTRIBUTE_STATUS, InodeBatch } from '../../../src/scan/inode-batch.js';
import { fileRow, FS, newCatalog } from '../catalog/sample-catalog.js';

const LAST_INO = toIno((1n << 63n) - 1n);

interface Inode extends InodeId {
  /** What the scan saw of it, against its row: in order, without an attribute, or with something that differs. */
  readonly seen: 'fine' | 'bare' | 'state' | 'op' | 'object' | 'fs' | 'size' | 'mtime' | 'ctime' | 'blocks';
  readonly state: 'dual' | 'offline';
}

const SEEN = ['fine', 'bare', 'state', 'op', 'object', 'fs', 'size', 'mtime', 'ctime', 'blocks'] as const;
const keyOf = ({ ino, gen }: InodeId): string => `${ino}.${gen}`;
const objectOf = ({ ino, gen }: InodeId, salt = 0) => {
  const bytes = Buffer.alloc(16, 1 + salt);
  bytes.writeBigUInt64BE(ino);
  bytes.writeUInt32BE(gen, 8);
  return objectIdFromBytes(bytes);
};

function put(batch: InodeBatch, inode: Inode): void {
  const at = batch.count++;
  const split = (name: 'ino' | 'size' | 'blocks' | 'mtime' | 'ctime', value: bigint): void => {
    batch[`${name}Low`][at] = Number(BigInt.asUintN(32, value));
    batch[`${name}High`][at] = Number(BigInt.asUintN(32, value >> 32n));
  };
  const { ino, gen, seen, state } = inode;
  const odd = (what: Inode['seen'], value: bigint): bigint => (seen === what ? value + (1n << 33n) : value);
  const isDual = (state === 'dual') !== (seen === 'state');
  batch.gen[at] = gen;
  batch.mode[at] = 0o100644;
  split('ino', ino);
  split('size', odd('size', 8192n));
  split('mtime', odd('mtime', 5n));
  split('ctime', odd('ctime', 6n));
  split('blocks', seen === 'blocks' ? (state === 'dual' ? 7n : 8n) : isDual ? 16n : 0n);
  batch.attributeStatus[at] = seen === 'bare' ? ATTRIBUTE_STATUS.none : ATTRIBUTE_STATUS.present;
  const attribute = encodeDmAttribute({
    version: 1,
    state: isDual ? 'dual' : 'offline',
    mtimeSaturated: false,
    op: toOp(odd('op', 3n)),
    objectId: objectOf(inode, seen === 'object' ? 1 : 0),
    ino,
    gen,
    fsId: (seen === 'fs' ? (FS ^ 1) >>> 0 : FS) as typeof FS,
    sizeBytes: 8192n,
    mtimeNs: 5n,
  });
  batch.attributes.set(attribute, at * attribute.length);
}

const rowOf = (id: InodeId & { readonly state: 'dual' | 'offline' }): NewFileRow =>
  fileRow({
    ino: id.ino,
    gen: id.gen,
    state: id.state,
    op: toOp(3n),
    objectId: objectOf(id),
    sizeBytes: 8192n,
    mtimeNs: 5n,
    ctimeNs: 6n,
    nonzeroBytes: 4096n,
  });

const anyId = fc.record({
  ino: fc
    .oneof(fc.integer({ min: 64, max: 90 }), fc.constantFrom(0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001))
    .map((ino) => toIno(BigInt(ino))),
  gen: fc.constantFrom(0, 1, 0x8000_0000, 0xffff_ffff).map(toGen),
  state: fc.constantFrom('dual' as const, 'offline' as const),
});
const anyInode = fc.tuple(anyId, fc.constantFrom(...SEEN)).map(([id, seen]): Inode => ({ ...id, seen }));

const ascending = (a: InodeId, b: InodeId): number => (a.ino === b.ino ? a.gen - b.gen : a.ino < b.ino ? -1 : 1);

/** A scan sees a number once; the catalog may have it in several generations. */
const anyScan = fc.uniqueArray(anyInode, { selector: ({ ino }) => ino, maxLength: 25 });
const anyRows = fc.uniqueArray(anyId, { selector: keyOf, maxLength: 40 });

function naive(scan: readonly Inode[], rows: readonly (InodeId & { state: 'dual' | 'offline' })[]): string[] {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  const seen = new Set(scan.map(keyOf));
  const ofInodes = scan.flatMap((inode) => {
    const row = byKey.get(keyOf(inode));
    if (row === undefined) return inode.seen === 'bare' ? [] : [keyOf(inode)];
    const agrees = row.state === inode.state ? inode.seen === 'fine' : inode.seen === 'state';
    return agrees ? [] : [keyOf(inode)];
  });
  return [...ofInodes, ...rows.filter((row) => !seen.has(keyOf(row))).map(keyOf)].sort();
}

describe('the merge join', () => {
  it('finds what a naive join finds, however the streams are cut', () => {
    const catalog = newCatalog();
    const { files } = catalog;
    fc.assert(
      fc.property(
        anyScan,
        anyRows,
        fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 7 }),
        (scan, others, known, limit, batchSize) => {
          // Half of what is scanned has a row of its own, else nearly nothing would ever pair.
          const paired = scan.filter((_, index) => known[index]).map(({ ino, gen, state }) => ({ ino, gen, state }));
          const rows = [...new Map([...others, ...paired].map((row) => [keyOf(row), row])).values()];
          catalog.transaction(() => {
            for (const row of files.page(FS, { limit: 1000 })) files.delete(FS, row);
            for (const row of rows) files.put(rowOf(row));
          });
          const found: string[] = [];
          const feed = files.feed({ fs: FS, fromIno: toIno(0n), toIno: LAST_INO, limit });
          const join = new MergeJoin(feed, FS, (id) => found.push(keyOf(id)));
          const inodes = [...scan].sort(ascending);
          for (let start = 0; start < inodes.length; start += batchSize) {
            const batch = new InodeBatch(batchSize);
            for (const inode of inodes.slice(start, start + batchSize)) put(batch, inode);
            fillStates(batch);
            join.take(batch);
          }
          join.finish();
          expect(found.sort()).toEqual(naive(scan, rows));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes an unreadable inode for a candidate only if a row speaks of it', () => {
    const { files } = newCatalog();
    for (const ino of [70n, 72n]) files.put(rowOf({ ino: toIno(ino), gen: toGen(1), state: 'dual' }));
    const found: string[] = [];
    const feed = files.feed({ fs: FS, fromIno: toIno(0n), toIno: LAST_INO });
    const join = new MergeJoin(feed, FS, (id) => found.push(keyOf(id)));
    expect(join.takeUnreadable(toIno(71n))).toBe(false);
    expect(join.takeUnreadable(toIno(72n))).toBe(true);
    expect(join.takeUnreadable(toIno(73n))).toBe(false);
    join.finish();
    expect(found).toEqual(['70.1', '72.1']);
  });

  it('is silent about rows that it has not come to: the scan may have ended early', () => {
    const { files } = newCatalog();
    files.put(rowOf({ ino: toIno(70n), gen: toGen(1), state: 'dual' }));
    const found: string[] = [];
    const feed = files.feed({ fs: FS, fromIno: toIno(0n), toIno: LAST_INO });
    new MergeJoin(feed, FS, (id) => found.push(keyOf(id))).take(new InodeBatch(1));
    expect(found).toEqual([]);
  });
});
