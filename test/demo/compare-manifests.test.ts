/** The comparison at the end of `hsmck demo` must see whatever a migration could do to a file. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compareManifests, isLoss } from '../../src/cli/demo/compare-manifests.js';
import { damageFile } from '../../src/cli/demo/damage-file.js';
import { manifestKey, type FileRecord, type Manifest } from '../../src/cli/demo/manifest.js';
import { takeManifest } from '../../src/cli/demo/take-manifest.js';

const record: FileRecord = {
  path: Buffer.from('folder/caf\xe9\n', 'latin1'),
  ino: 131n,
  sha256: 'ab'.repeat(32),
  sizeBytes: 4096n,
  mode: 0o104755,
  uid: 1000,
  gid: 100,
  nlink: 1,
  mtimeNs: -1n,
  attributes: new Map([['user.comment', '00ff']]),
};
const manifestOf = (...records: readonly FileRecord[]): Manifest =>
  new Map(records.map((one) => [manifestKey(one.path), one]));

describe('compareManifests', () => {
  test('finds no difference in what is equal; the inode number may change', () => {
    expect(compareManifests(manifestOf(record), manifestOf({ ...record, ino: 7n }))).toEqual([]);
  });

  test.each<[string, Partial<FileRecord>, boolean]>([
    ['bytes', { sha256: 'cd'.repeat(32) }, true],
    ['size', { sizeBytes: 4097n }, true],
    ['mode', { mode: 0o100755 }, false],
    ['uid', { uid: 0 }, false],
    ['gid', { gid: 0 }, false],
    ['nlink', { nlink: 2 }, false],
    ['mtime', { mtimeNs: 0n }, false],
    ['attributes', { attributes: new Map() }, false],
    ['attributes', { attributes: new Map([['user.comment', '00fe']]) }, false],
    ['attributes', { attributes: new Map([...record.attributes, ['trusted.more', '']]) }, false],
  ])('sees other %s', (what, change, loss) => {
    const differences = compareManifests(manifestOf(record), manifestOf({ ...record, ...change }));
    expect(differences.map((difference) => difference.what)).toEqual([what]);
    expect(differences[0]?.path).toEqual(record.path);
    expect(differences.some(isLoss)).toBe(loss);
  });

  test('sees a file that is missing, which is a loss, and one that is new, which is not', () => {
    const other = { ...record, path: Buffer.from('other') };
    const differences = compareManifests(manifestOf(record), manifestOf(other));
    expect(differences.map(({ what }) => what)).toEqual(['missing', 'new']);
    expect(differences.map(isLoss)).toEqual([true, false]);
  });

  test('accepts the older mtime only where one is on record', () => {
    const written = { ...record, mtimeNs: 20n, otherMtimeNs: 10n };
    expect(compareManifests(manifestOf(written), manifestOf({ ...record, mtimeNs: 10n }))).toEqual([]);
    expect(compareManifests(manifestOf(written), manifestOf({ ...record, mtimeNs: 11n }))).toHaveLength(1);
  });
});

describe('takeManifest', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-manifest-'));
  const root = Buffer.from(folder);
  const { signal } = new AbortController();
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  test('records every name, whatever its bytes, and sees one flipped bit behind equal times', async () => {
    fs.mkdirSync(`${folder}/a b`);
    const odd = Buffer.from('a b/\xff\n"', 'latin1');
    const file = Buffer.concat([root, Buffer.from('/'), odd]);
    fs.writeFileSync(file, 'data');
    fs.linkSync(file, `${folder}/link`);
    fs.symlinkSync('link', `${folder}/symbolic`);
    fs.utimesSync(file, 1, 1);

    const before = await takeManifest(root, signal);
    expect([...before.keys()].sort()).toEqual([manifestKey(odd), 'link'].sort());
    expect(before.get('link')).toMatchObject({ sizeBytes: 4n, nlink: 2, mtimeNs: 1_000_000_000n });

    damageFile(root, odd);
    fs.utimesSync(file, 1, 1);
    const differences = compareManifests(before, await takeManifest(root, signal));
    expect(differences.map(({ what }) => what)).toEqual(['bytes', 'bytes']);
  });

  test('stops when it is cancelled', async () => {
    await expect(takeManifest(root, AbortSignal.abort())).rejects.toMatchObject({ code: 'ECANCELLED' });
  });
});
