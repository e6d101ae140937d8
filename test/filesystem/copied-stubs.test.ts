/**
 * Files that were copied together with their attribute, by the tools that do so, within their filesystem and to another
 * one. A copy of a released file holds zeros until recovery has filled it; one of a file on disk is a file like any other.
 * None of them may lose its data when the original goes.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readDmAttribute } from '../cli/attribute-damage.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { done, write, wrongAfterRecall } from './rollback-world.js';

const SOURCES = ['dual', 'offline', 'doomed-dual', 'doomed-offline'] as const;

/** Each copies a file, attribute and times included. */
const TOOLS: Readonly<Record<string, (from: string, to: string) => void>> = {
  cp: (from, to) => run('cp', '-a', '--reflink=never', from, to),
  'rsync -X': (from, to) => run('rsync', '-aX', from, to),
  'rsync -XS': (from, to) => run('rsync', '-aXS', from, to),
  tar: (from, to) => pack(from, to),
  'tar -S': (from, to) => pack(from, to, '--sparse'),
};

const run = (command: string, ...args: string[]): void => void execFileSync(command, args, { stdio: 'pipe' });

function pack(from: string, to: string, ...more: string[]): void {
  const keep = ['--xattrs', '--xattrs-include=*'];
  const folder = fs.mkdtempSync(path.join(path.dirname(to), 'unpacked-'));
  const archive = path.join(folder, 'tar');
  run('tar', ...keep, ...more, '-C', path.dirname(from), '-cf', archive, path.basename(from));
  run('tar', ...keep, '-C', folder, '-xf', archive);
  fs.renameSync(path.join(folder, path.basename(from)), to);
  fs.rmSync(folder, { recursive: true });
}

describeAsRoot('copied stubs', () => {
  const [first, second] = [useFilesystem(), useFilesystem()];
  let hsm: Hsm;
  const right: Record<string, Buffer> = {};
  const elsewhere: Record<string, Buffer> = {};

  beforeAll(async () => {
    hsm = await Hsm.create(first());
    await hsm.register({ mountPath: Buffer.from(second().mountPoint) });
    for (const name of SOURCES) right[name] = write(hsm, name);
    await hsm.run('archive');
    await hsm.run('release', ['offline', 'doomed-offline']);
    for (const [tool, copy] of Object.entries(TOOLS)) {
      for (const source of SOURCES) {
        const name = `${source} by ${tool}`;
        const content = right[source] ?? Buffer.alloc(0);
        copy(hsm.at(source).toString(), hsm.at(name).toString());
        copy(hsm.at(source).toString(), path.join(second().mountPoint, name));
        [right[name], elsewhere[name]] = [content, content];
      }
    }
    run('cp', '-a', '--reflink=always', hsm.at('dual').toString(), hsm.at('dual by reflink').toString());
    right['dual by reflink'] = right.dual ?? Buffer.alloc(0);
    // Before anybody has looked: the copies are all that is left of these.
    for (const name of ['doomed-dual', 'doomed-offline']) {
      fs.rmSync(hsm.at(name));
      delete right[name];
    }
  }, 120_000);

  const recoverOther = async (): Promise<Record<string, unknown>[]> =>
    (await hsm.child(['recover', second().mountPoint, '--apply'])).records();

  test('carry the attribute', () => {
    const marked = Object.keys(right).filter((name) => readDmAttribute(hsm.at(name).toString()) !== undefined);
    expect(marked).toEqual(Object.keys(right));
  });

  test('are settled on both filesystems, and a second recovery changes nothing', async () => {
    // Whose copies live on the other filesystem cannot be told before that one was settled.
    const { actions } = await hsm.recover();
    const left = actions
      .filter(({ result }) => result !== 'done')
      .map(({ class: name, path: at }) => `${name} ${at?.toString()}`);
    expect(left).toEqual([`row-without-inode ${hsm.at('doomed-dual').toString()}`]);
    expect((await recoverOther()).at(-1)).toMatchObject({ uncorrected: 0, lost: 0 });
    expect(done((await hsm.recover()).actions)).toEqual(['forget']);
    expect(done((await hsm.recover()).actions)).toEqual([]);
    expect((await recoverOther()).at(-1)).toMatchObject({ corrected: 0, uncorrected: 0, exit_code: 0 });
    expect(await hsm.drift()).toEqual([]);
  });

  const wrongElsewhere = (): string[] =>
    Object.entries(elsewhere).flatMap(([name, content]) =>
      fs.readFileSync(path.join(second().mountPoint, name)).equals(content) ? [] : [name],
    );

  test('have the content of the original', async () => {
    expect(wrongElsewhere()).toEqual([]);
    expect(await wrongAfterRecall(hsm, right)).toEqual([]);
  });

  test('keep it when the originals are deleted and the trash is emptied', async () => {
    for (const name of ['dual', 'offline']) {
      fs.rmSync(hsm.at(name));
      delete right[name];
    }
    await hsm.recover();
    expect((await hsm.child(['purge', '--older-than', '0d'])).records().at(-1)).toMatchObject({ exit_code: 0 });
    expect(await hsm.drift()).toEqual([]);
    expect(wrongElsewhere()).toEqual([]);
    expect(await wrongAfterRecall(hsm, right)).toEqual([]);
  });
});
