/** A person says which side of a conflict counts. Whatever is said, no byte that exists once is gone afterwards. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';

const BYTES = 300_000;
const RIGHT = { result: 'resolved' };

describeAsRoot('a conflict', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
  });

  let count = 0;
  /** A file that is away, and its content. */
  async function released(): Promise<{ name: string; content: Buffer }> {
    const name = `file-${count++}`;
    const content = Buffer.concat([randomBytes(BYTES / 3), Buffer.alloc(BYTES / 3), randomBytes(BYTES / 3)]);
    fs.writeFileSync(hsm.at(name), content);
    expect(await hsm.outcomes('archive', [name])).toEqual(['archived']);
    expect(await hsm.outcomes('release', [name])).toEqual(['released']);
    return { name, content };
  }
  function cut(name: string, ...sizes: readonly number[]): void {
    for (const size of sizes) fs.truncateSync(hsm.at(name), size);
  }
  function write(name: string, text: string, at: number): void {
    const fd = fs.openSync(hsm.at(name), 'r+');
    fs.writeSync(fd, text, at);
    fs.closeSync(fd);
  }
  const bytesOf = (name: string): Buffer => fs.readFileSync(hsm.at(name));
  const trashed = (): Buffer[] => hsm.objects('trash').map((file) => fs.readFileSync(file));

  describe('where the archived version counts', () => {
    test.each<[string, readonly number[]]>([
      ['was cut off and grew again', [100, BYTES]],
      ['was cut off', [100]],
      ['was emptied', [0]],
      ['was made longer', [BYTES * 3]],
    ])('brings back a file that %s', async (_, sizes) => {
      const { name, content } = await released();
      cut(name, ...sizes);
      expect(await hsm.outcomes('recall', [name])).toEqual(['conflict']);
      expect(await hsm.resolve('archive', [name])).toMatchObject([RIGHT]);
      expect(bytesOf(name)).toEqual(content);
      expect(await hsm.findings()).toEqual([]);
      expect(await hsm.outcomes('release', [name])).toEqual(['released']);
      expect(await hsm.outcomes('recall', [name])).toEqual(['recalled']);
    });

    test('brings back a file that was touched, with the mtime that it has', async () => {
      const { name, content } = await released();
      fs.utimesSync(hsm.at(name), 1_000_000, 1_000_000);
      expect(await hsm.resolve('archive', [name])).toMatchObject([RIGHT]);
      expect(bytesOf(name)).toEqual(content);
      expect(fs.statSync(hsm.at(name)).mtimeMs).toBe(1e9);
      expect(await hsm.findings()).toEqual([]);
    });

    test('never writes over what somebody wrote, and says what to do', async () => {
      const { name, content } = await released();
      write(name, 'mine', 5000);
      const [refused] = await hsm.resolve('archive', [name]);
      expect(refused).toMatchObject({ result: 'conflict', why: expect.stringContaining('truncate -s 0') });
      expect(bytesOf(name).subarray(5000, 5004).toString()).toBe('mine');
      expect(await hsm.drift()).toEqual(['offline-with-data']);
      cut(name, 0);
      expect(await hsm.resolve('archive', [name])).toMatchObject([RIGHT]);
      expect(bytesOf(name)).toEqual(content);
      expect(await hsm.drift()).toEqual([]);
    });

    test('leaves a file that somebody has open alone', async () => {
      const { name } = await released();
      cut(name, 0);
      const fd = fs.openSync(hsm.at(name), 'r');
      expect(await hsm.resolve('archive', [name])).toMatchObject([{ result: 'busy' }]);
      fs.closeSync(fd);
      expect(fs.statSync(hsm.at(name)).size).toBe(0);
      expect(await hsm.resolve('archive', [name])).toMatchObject([RIGHT]);
    });

    test('takes a copy out of the trash for it', async () => {
      const { name, content } = await released();
      cut(name, 100, BYTES);
      hsm.trashCopies();
      expect(await hsm.resolve('archive', [name])).toMatchObject([RIGHT]);
      expect(bytesOf(name)).toEqual(content);
      await hsm.recover();
      expect(await hsm.drift()).toEqual([]);
    });
  });

  describe('where the file counts as it is', () => {
    test.each<[string, (name: string) => void, (content: Buffer) => Buffer]>([
      ['was cut off and grew again', (name) => cut(name, 100, BYTES), () => Buffer.alloc(BYTES)],
      ['was emptied', (name) => cut(name, 0), () => Buffer.alloc(0)],
      [
        'was written to',
        (name) => write(name, 'mine', 5000),
        () => Buffer.concat([Buffer.alloc(5000), Buffer.from('mine'), Buffer.alloc(BYTES - 5004)]),
      ],
      [
        'grew by what was written',
        (name) => write(name, 'mine', BYTES),
        () => Buffer.concat([Buffer.alloc(BYTES), Buffer.from('mine')]),
      ],
    ])('keeps what is in a file that %s, and the archived version in the trash', async (_, change, expected) => {
      const { name, content } = await released();
      change(name);
      expect(await hsm.resolve('file', [name])).toMatchObject([RIGHT]);
      expect(bytesOf(name)).toEqual(expected(content));
      expect(trashed().some((copy) => copy.equals(content))).toBe(true);
      expect(await hsm.findings()).toEqual([]);
      expect(hsm.intents()).toEqual([]);
      expect(await hsm.outcomes('archive', [name])).toEqual(['archived']);
      expect(await hsm.outcomes('release', [name])).toEqual(['released']);
      expect(await hsm.outcomes('recall', [name])).toEqual(['recalled']);
      expect(bytesOf(name)).toEqual(expected(content));
    });
  });

  describe('that an operation was cut short in', () => {
    test.each<[string, 'archive' | 'file', (content: Buffer) => Buffer]>([
      ['the archived version', 'archive', (content) => content],
      ['the file', 'file', () => Buffer.alloc(BYTES)],
    ])('is ended by saying that %s counts', async (_, keep, expected) => {
      const { name, content } = await released();
      const died = await hsm.child(['recall', hsm.at(name).toString()], 'recall:before-fill=kill');
      expect(died.shellStatus).toBe(137);
      cut(name, 100, BYTES);
      const { actions } = await hsm.recover();
      expect(actions).toMatchObject([{ class: 'conflict', result: 'left' }]);
      expect(await hsm.resolve(keep, [name])).toMatchObject([RIGHT]);
      expect(bytesOf(name)).toEqual(expected(content));
      expect(hsm.intents()).toEqual([]);
      expect(await hsm.findings()).toEqual([]);
    });
  });

  test('is what it is about: files that agree, or that recovery can settle, are left alone', async () => {
    const { name } = await released();
    expect(await hsm.resolve('archive', [name])).toMatchObject([{ result: 'already' }]);
    expect(await hsm.resolve('file', [name])).toMatchObject([{ result: 'already' }]);
    await hsm.child(['recall', hsm.at(name).toString()], 'recall:before-fill=kill');
    expect(await hsm.resolve('file', [name])).toMatchObject([{ result: 'interrupted' }]);
    await hsm.recover();
    expect(await hsm.drift()).toEqual([]);
    fs.writeFileSync(hsm.at('resident'), 'resident');
    expect(await hsm.resolve('file', ['resident'])).toMatchObject([{ result: 'already' }]);
  });

  test('is ended by a command, and first by a dry run, which writes nothing', async () => {
    const { name, content } = await released();
    cut(name, 0);
    const args = ['resolve', hsm.at(name).toString(), '--keep'];
    const catalog = fs.readFileSync(hsm.catalogPath);
    const dry = await hsm.child([...args, 'archive', '--dry-run']);
    expect(dry).toMatchObject({ shellStatus: 4, stderr: '' });
    expect(dry.stdout).toContain('"result":"planned"');
    expect(fs.readFileSync(hsm.catalogPath)).toEqual(catalog);
    expect(fs.statSync(hsm.at(name)).size).toBe(0);
    expect(await hsm.child(['resolve', hsm.at(name).toString()])).toMatchObject({ shellStatus: 16 });
    expect(await hsm.child([...args, 'both'])).toMatchObject({ shellStatus: 16 });
    expect(await hsm.child([...args, 'archive'])).toMatchObject({ shellStatus: 0 });
    expect(bytesOf(name)).toEqual(content);
  });
});
