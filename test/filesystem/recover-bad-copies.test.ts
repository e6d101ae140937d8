/** Copies that are gone or went bad while files count on them: found by the archive's side, settled by the file's bytes. */
import fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { BYTES, DamagedWorld, inShort, type Managed } from './recover-classes-world.js';

function flipBit(object: string): void {
  const content = fs.readFileSync(object);
  content[100] = (content[100] ?? 0) ^ 1;
  fs.writeFileSync(object, content);
}

const SPOIL = {
  'archive-missing': (object: string) => fs.rmSync(object),
  'archive-size-mismatch': (object: string) => fs.truncateSync(object, 100),
  'archive-digest-mismatch': flipBit,
} as const;

const CLASSES = Object.keys(SPOIL) as (keyof typeof SPOIL)[];

describeAsRoot('a whole recovery', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let world: DamagedWorld;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    world = new DamagedWorld(hsm);
  });

  /** A flipped bit shows only to who reads all copies; that it was seen is remembered. */
  async function spoil(found: keyof typeof SPOIL, { object }: Managed): Promise<void> {
    SPOIL[found](object);
    if (found !== 'archive-digest-mismatch') return;
    expect((await hsm.child(['audit', '--deep', scratch().mountPoint])).status).toBe(4);
  }

  test.each(CLASSES)('%s of a file that is whole: resident, and archived again', async (found) => {
    const file = await world.managed('dual');
    await spoil(found, file);
    expect(await world.recover()).toEqual([`${found} make-resident resident done`]);
    expect(world.attributeOf(file.name)).toBeUndefined();
    await world.expectClean();
    expect(await hsm.outcomes('archive', [file.name])).toEqual(['archived']);
    expect(await hsm.outcomes('release', [file.name])).toEqual(['released']);
    await world.expectClean();
    await world.expectContent(file.name, file.content);
  });

  test.each(CLASSES)('%s of a file whose data is away: lost, said plainly, and nothing is touched', async (found) => {
    const file = await world.managed('offline');
    const whole = fs.readFileSync(file.object);
    await spoil(found, file);
    const before = world.attributeOf(file.name);
    expect(await world.recover()).toEqual(['data-lost none - left']);
    expect(world.attributeOf(file.name)).toEqual(before);
    const { status, stdout } = await hsm.child(['recover', '--apply', scratch().mountPoint]);
    expect(status).toBe(4);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ lost: 1, corrected: 0 });
    // A backup gives it back.
    fs.writeFileSync(file.object, whole);
    await world.expectContent(file.name, file.content);
    await world.expectClean();
  });

  // Such a copy was given up as bad, and for a file whose data is away no command led out of that.
  describe.each(['dual', 'offline'] as const)('a copy of a file that is %s, of which the catalog is wrong', (state) => {
    const OF = 'WHERE object_id = (SELECT object_id FROM file WHERE ino = ?)';
    test.each([
      ['hash', `UPDATE object SET sha256 = zeroblob(32) ${OF}`, 'state-mismatch'],
      ['size', `UPDATE object SET size = size + 1 ${OF}`, 'archive-size-mismatch'],
    ])('in its %s: the sidecar is right', async (_, damage, found) => {
      const file = await world.managed(state);
      world.sql(damage, file.name);
      const audit = await hsm.child(['audit', '--deep', scratch().mountPoint]);
      const findings = audit.records().filter(({ type }) => type === 'finding');
      // Once: the file on disk is not held against the wrong hash.
      expect(findings).toEqual([expect.objectContaining({ class: found, ino: String(world.inoOf(file.name)) })]);
      expect((await hsm.child(['recover', '--apply', scratch().mountPoint])).status).toBe(1);
      expect((await hsm.child(['audit', '--deep', scratch().mountPoint])).status).toBe(0);
      await world.expectClean();
      await world.expectContent(file.name, file.content);
    });

    // The scan has something to say of the file as well: one action, for a second one would meet the first one's lease.
    test('in its hash, and its file was touched: settled at once', async () => {
      const file = await world.managed(state);
      world.sql(`UPDATE object SET sha256 = zeroblob(32) ${OF}`, file.name);
      fs.chmodSync(hsm.at(file.name), 0o640);
      expect((await hsm.child(['audit', '--deep', scratch().mountPoint])).status).toBe(4);
      expect(await world.recover()).toHaveLength(1);
      expect((await hsm.child(['audit', '--deep', scratch().mountPoint])).status).toBe(0);
      await world.expectContent(file.name, file.content);
    });

    test('and so is the sidecar: nothing is believed', async () => {
      const file = await world.managed(state);
      const sidecar = `${file.object}.json`;
      const sound = fs.readFileSync(sidecar, 'utf8');
      fs.writeFileSync(sidecar, sound.replace(/"sha256": "[0-9a-f]{8}/, '"sha256": "01234567'));
      world.sql(`UPDATE object SET sha256 = zeroblob(32) ${OF}`, file.name);
      const audit = await hsm.child(['audit', '--deep', scratch().mountPoint]);
      const classes = audit.records().flatMap((record) => (record['type'] === 'finding' ? [record['class']] : []));
      expect(classes).toContain('archive-digest-mismatch');
      fs.writeFileSync(sidecar, sound);
      expect((await hsm.child(['recover', '--apply', scratch().mountPoint])).status).toBe(1);
      await world.expectClean();
      await world.expectContent(file.name, file.content);
    });
  });

  // A catalog that is rebuilt from the store would not know the copy: better told while the catalog is there.
  test.each([
    [
      'cut off',
      () => Buffer.from('{ "form'),
      /^the archived copy is good, but its sidecar cannot be read .*recall and remove/,
    ],
    [
      'of other content',
      (text: Buffer) => Buffer.from(text.toString().replace(/"sha256": "[0-9a-f]{8}/, '"sha256": "01234567')),
      /^the archived copy is good, but its sidecar is of other content: recall and remove/,
    ],
  ])('a sidecar that is %s is found by who reads all copies', async (_, spoilt, why) => {
    const file = await world.managed('offline');
    const sidecar = `${file.object}.json`;
    const sound = fs.readFileSync(sidecar);
    fs.writeFileSync(sidecar, spoilt(sound));
    const audit = await hsm.child(['audit', '--deep', scratch().mountPoint]);
    expect(audit.status).toBe(4);
    const [found, ...more] = audit.records().filter(({ type }) => type === 'finding');
    expect(found).toMatchObject({ class: 'archive-orphan', action: 'report', why: expect.stringMatching(why) });
    expect(more).toEqual([]);
    fs.writeFileSync(sidecar, sound);
    expect((await hsm.child(['audit', '--deep', scratch().mountPoint])).status).toBe(0);
    await world.expectContent(file.name, file.content);
  });

  test('a bad sidecar is told of with the file that has the copy now', async () => {
    const file = await world.managed('dual');
    const sidecar = `${file.object}.json`;
    const sound = fs.readFileSync(sidecar);
    fs.truncateSync(sidecar, 10);
    const REBOUND = 'UPDATE object SET ino = ino + ? WHERE object_id = (SELECT object_id FROM file WHERE ino = ?)';
    world.sql(REBOUND, file.name, 1_000_000);
    const audit = await hsm.child(['audit', '--deep', scratch().mountPoint]);
    const found = audit.records().filter(({ type }) => type === 'finding');
    expect(found).toMatchObject([{ class: 'archive-orphan', action: 'report', ino: String(world.inoOf(file.name)) }]);
    world.sql(REBOUND, file.name, -1_000_000);
    fs.writeFileSync(sidecar, sound);
    await world.expectClean();
  });

  test('a copy that is gone is missed, though the clock was set back since it was read', async () => {
    const file = await world.managed('offline');
    const whole = fs.readFileSync(file.object);
    const tomorrowMs = Date.now() + 86_400_000;
    const VERIFIED = 'UPDATE object SET verified_ms = ? WHERE object_id = (SELECT object_id FROM file WHERE ino = ?)';
    world.sql(VERIFIED, file.name, tomorrowMs);
    fs.rmSync(file.object);
    const audit = await hsm.child(['audit', scratch().mountPoint]);
    expect(audit.records().filter(({ type }) => type === 'finding')).toMatchObject([{ class: 'archive-missing' }]);
    fs.writeFileSync(file.object, whole);
    world.sql(VERIFIED, file.name, Date.now());
    await world.expectClean();
    await world.expectContent(file.name, file.content);
  });

  test('a copy of no file that is read back for the first time is told of once', async () => {
    const file = await world.managed('dual');
    world.dropAttribute(file.name);
    world.sql(
      `UPDATE object SET status = 'complete' WHERE object_id = (SELECT object_id FROM file WHERE ino = ?)`,
      file.name,
    );
    world.sql('DELETE FROM file WHERE ino = ?', file.name);
    const audit = await hsm.child(['audit', '--deep', scratch().mountPoint]);
    expect(audit.records().flatMap((record) => (record['type'] === 'finding' ? [record['class']] : []))).toEqual([
      'archive-orphan',
    ]);
    await world.recover();
    await world.expectClean();
  });

  test('a copy that is gone, of a file that was written to since: the file is the only version, and stays', async () => {
    const file = await world.managed('dual');
    const newer = Buffer.alloc(BYTES, 'newer');
    fs.writeFileSync(hsm.at(file.name), newer);
    fs.rmSync(file.object);
    const before = world.attributeOf(file.name);
    for (const one of await world.recover()) expect(one).toBe('stale-copy none - left');
    expect(world.attributeOf(file.name)).toEqual(before);
    expect(fs.readFileSync(hsm.at(file.name)).equals(newer)).toBe(true);
    expect(await hsm.outcomes('archive', [file.name])).toEqual(['archived']);
    await world.expectClean();
  });

  test('a copy that is gone, of a file that took the place of a deleted one: its inode is the row’s', async () => {
    const file = await world.managed('offline');
    const archive = `${scratch().folder}/restore.tar`;
    const shared = ['--xattrs', '--xattrs-include=*', '-C', scratch().mountPoint];
    world.run('tar', ...shared, '-cf', archive, file.name);
    fs.rmSync(hsm.at(file.name));
    world.run('tar', ...shared, '-xpf', archive);
    await hsm.recover();
    await world.expectContent(file.name, file.content);
    await world.expectClean();
    fs.rmSync(file.object);
    expect(await world.recover()).toEqual(['archive-missing make-resident resident done']);
    await world.expectContent(file.name, file.content);
    await world.expectClean();
  });

  test('a file with two findings is held and settled once', async () => {
    const file = await world.managed('dual');
    world.dropAttribute(file.name);
    fs.rmSync(file.object);
    const { actions } = await hsm.recover();
    expect(actions.map(inShort)).toEqual(['state-mismatch make-resident resident done']);
    await world.expectClean();
    await world.expectContent(file.name, file.content);
  });

  test('a store that cannot be reached: nothing is concluded', async () => {
    const file = await world.managed('dual');
    fs.renameSync(hsm.archiveDir, `${hsm.archiveDir}.away`);
    fs.mkdirSync(hsm.archiveDir);
    const before = world.attributeOf(file.name);
    const dry = await hsm.child(['recover', scratch().mountPoint]);
    expect({ status: dry.status, findings: /"type":"finding"/.test(dry.stdout) }).toEqual({
      status: 8,
      findings: false,
    });
    expect((await hsm.child(['recover', '--apply', scratch().mountPoint])).status).toBe(8);
    expect(world.attributeOf(file.name)).toEqual(before);
    fs.rmdirSync(hsm.archiveDir);
    fs.renameSync(`${hsm.archiveDir}.away`, hsm.archiveDir);
    await world.expectClean();
  });
});
