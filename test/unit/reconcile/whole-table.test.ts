/** Rows that a damaged key hides are missed: an audit that has not come by all of them does not say that all is well. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../../src/catalog/catalog.js';
import { proveCopies } from '../../../src/catalog/pages/copy-proof.js';
import { cutCopies } from '../../../src/catalog/pages/cut-copies.js';
import { objectIdFromBytes } from '../../../src/dm/identity.js';
import { toIno } from '../../../src/native/inode-id.js';
import { assertAllRowsRead, soundProofs } from '../../../src/reconcile/whole-table.js';
import { fileRow, FS, newCatalog, objectRow, open, scratchPath } from '../catalog/sample-catalog.js';
import { shell, store } from './sample-copies.js';

const ROWS = 4000n;
const LAST_INO = (1n << 63n) - 1n;
/** The first inode of each partition. */
const STARTS = [0n, 700n, 1500n, 3990n];

function filledCatalog(): string {
  const catalog = newCatalog();
  const sha256 = Buffer.alloc(32, 7);
  catalog.transaction(() => {
    for (let ino = 1n; ino <= ROWS; ino++) {
      const bytes = Buffer.alloc(16, 3);
      bytes.writeBigUInt64BE(ino * 0x9e37_79b9n, 8);
      const objectId = objectIdFromBytes(bytes);
      catalog.files.put(fileRow({ ino: toIno(ino), objectId }));
      catalog.objects.put(objectRow({ ino: toIno(ino), objectId, status: 'complete', sha256, nonzeroMap: bytes }));
    }
  });
  catalog.close();
  return catalog.path;
}

const isCorrupt = expect.objectContaining({ code: 'ECATALOG_CORRUPT' }) as unknown;

/** Looks at all rows as an audit does; how many there were. */
function lookAtAll(catalog: Catalog): number {
  const pages = catalog.holdPages();
  if (pages === undefined) throw new Error('the pages cannot be held');
  try {
    const { source } = pages;
    const proofs = soundProofs(
      catalog,
      cutCopies(source, 4).map((range) => proveCopies({ source, range, fs: FS, store, cancelled: () => false })),
    );
    const bindings = proofs?.reduce((total, { ownBindings }) => total + ownBindings, 0);
    let total = 0;
    const rowsRead = STARTS.map((start, at) => {
      const toEnd = (STARTS[at + 1] ?? LAST_INO + 1n) - 1n;
      const feed = catalog.files.pageFeed(source, { fs: FS, fromIno: toIno(start), toIno: toIno(toEnd), limit: 100 });
      for (let block = feed.next(); block.count > 0; block = feed.next()) total += block.count;
      return feed.rowsRead;
    });
    assertAllRowsRead(catalog, rowsRead, bindings);
    return total;
  } finally {
    pages.close();
  }
}

/** The bytes of an integer as SQLite stores it: these are of two, four or six. */
function stored(value: bigint): Buffer {
  const bytes = value < 0x8000n ? 2 : value < 0x8000_0000n ? 4 : 6;
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex');
}

/** Where the keys of the table `file` lie in the catalog's file, inner pages among them. */
function keysOf(
  path: string,
  bytes: Buffer,
): { readonly ino: bigint; readonly at: number; readonly isInner: boolean }[] {
  const pages = shell(path).prepare("SELECT pageno, pagetype FROM dbstat WHERE name = 'file'").raw().all();
  const pageOf = new Map((pages as [number, string][]).map(([page, type]) => [page, type]));
  const keys = [];
  for (let ino = 200n; ino <= ROWS; ino++) {
    const key = Buffer.concat([stored(BigInt(FS)), stored(ino)]);
    for (let at = bytes.indexOf(key); at !== -1; at = bytes.indexOf(key, at + 1)) {
      const type = pageOf.get(Math.floor(at / 4096) + 1);
      if (type !== undefined) keys.push({ ino, at, isInner: type === 'internal' });
    }
  }
  return keys;
}

describe('rows that cannot be reached', () => {
  it('are none in a sound catalog', () => {
    expect(lookAtAll(open(filledCatalog(), 'read'))).toBe(Number(ROWS));
  });

  it('are noticed, whichever key has led past them', () => {
    const path = filledCatalog();
    const sound = fs.readFileSync(path);
    const keys = keysOf(path, sound);
    const inner = keys.filter(({ isInner }) => isInner);
    expect(inner.length).toBeGreaterThan(5);
    const leaves = keys.filter(({ isInner }, at) => !isInner && (at % 500 === 0 || at === keys.length - 1));
    let noticed = 0;
    for (const { at } of [...inner, ...leaves]) {
      for (const step of [1, -1]) {
        const bytes = Buffer.from(sound);
        const last = at + stored(BigInt(FS)).length - 1;
        bytes[last] = (bytes[last] ?? 0) + step;
        const damaged = scratchPath();
        fs.writeFileSync(damaged, bytes);
        const catalog = open(damaged, 'read');
        // What was left of a former key in the free space of a page harms nothing.
        const total = lookOrRefuse(catalog);
        if (total === undefined) noticed += 1;
        else expect(total, `key at ${at}, ${step}`).toBe(Number(ROWS));
        catalog.close();
      }
    }
    expect(noticed).toBeGreaterThan(20);
  });
});

function lookOrRefuse(catalog: Catalog): number | undefined {
  try {
    return lookAtAll(catalog);
  } catch (error) {
    expect(error).toEqual(isCorrupt);
    return undefined;
  }
}

describe('what is known of a table', () => {
  it('is not enough to say that rows are missing where some were not counted', () => {
    const catalog = newCatalog();
    expect(() => assertAllRowsRead(catalog, [3, undefined], 5)).not.toThrow();
    expect(() => assertAllRowsRead(catalog, [3, 1], undefined)).not.toThrow();
    expect(() => assertAllRowsRead(catalog, [3, 2], 5)).not.toThrow();
  });

  it('is a contradiction where the counts differ, though every index is its table’s', () => {
    expect(() => assertAllRowsRead(newCatalog(), [3, 1], 5)).toThrow(isCorrupt);
  });

  it('is asked of SQLite where pages were irregular', () => {
    expect(() => assertAllRowsRead(newCatalog(), ['irregular', undefined], undefined)).not.toThrow();
    expect(soundProofs(newCatalog(), ['irregular', undefined])).toBeUndefined();
  });
});
