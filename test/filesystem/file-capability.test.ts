/**
 * A punch and a fill take a file's capability away, and it is put back at once. Whoever dies in between leaves a program
 * that has lost its rights: recovery puts it back, from the intent.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';

const CAPABILITY = '0x0100000200200000000000000000000000000000';
const NAME = 'security.capability';

describeAsRoot('a file with a capability, whose operation dies before it is put back', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
  });

  const setfattr = (name: string, ...args: string[]): void => {
    execFileSync('setfattr', [...args, hsm.at(name).toString()]);
  };
  const capability = (name: string): string =>
    execFileSync(
      'getfattr',
      ['--encoding=hex', '--absolute-names', '--match=^security', '--dump', hsm.at(name).toString()],
      {
        encoding: 'utf8',
      },
    );

  async function archived(name: string): Promise<Buffer> {
    const bytes = randomBytes(20_000);
    fs.writeFileSync(hsm.at(name), bytes);
    setfattr(name, `--name=${NAME}`, `--value=${CAPABILITY}`);
    expect(await hsm.outcomes('archive', [name])).toEqual(['archived']);
    return bytes;
  }

  /** Killed right behind the change; what came between is taken back, as if it had died a moment sooner. */
  async function dies(operation: 'release' | 'recall', name: string): Promise<void> {
    const step = operation === 'release' ? 'after-punch' : 'after-fill';
    const child = await hsm.child([operation, hsm.at(name).toString()], `${operation}:${step}=kill`);
    expect(child.signal).toBe('SIGKILL');
    expect(capability(name)).toContain(CAPABILITY);
    setfattr(name, `--remove=${NAME}`);
  }

  test('release: completed with the capability', async () => {
    const bytes = await archived('released');
    await dies('release', 'released');
    const { actions } = await hsm.recover();
    expect(actions).toMatchObject([{ result: 'done', action: 'punch' }]);
    expect(capability('released')).toContain(CAPABILITY);
    expect(await hsm.outcomes('recall', ['released'])).toEqual(['recalled']);
    expect(fs.readFileSync(hsm.at('released')).equals(bytes)).toBe(true);
    expect(capability('released')).toContain(CAPABILITY);
  });

  test('recall: completed with the capability', async () => {
    const bytes = await archived('recalled');
    expect(await hsm.outcomes('release', ['recalled'])).toEqual(['released']);
    await dies('recall', 'recalled');
    await hsm.recover();
    expect(fs.readFileSync(hsm.at('recalled')).equals(bytes)).toBe(true);
    expect(capability('recalled')).toContain(CAPABILITY);
  });

  test('whoever has written to it since has taken the capability away, and that stands', async () => {
    await archived('written');
    const child = await hsm.child(['release', hsm.at('written').toString()], 'release:before-punch=kill');
    expect(child.signal).toBe('SIGKILL');
    fs.writeFileSync(hsm.at('written'), randomBytes(20_000));
    expect(capability('written')).toBe('');
    await hsm.recover();
    expect(capability('written')).toBe('');
  });

  test('the same bytes again are a write as well', async () => {
    const bytes = await archived('rewritten');
    const child = await hsm.child(['release', hsm.at('rewritten').toString()], 'release:before-punch=kill');
    expect(child.signal).toBe('SIGKILL');
    fs.writeFileSync(hsm.at('rewritten'), bytes);
    expect(capability('rewritten')).toBe('');
    const { actions } = await hsm.recover();
    expect(actions).toMatchObject([{ result: 'left' }, { result: 'done', action: 'punch' }]);
    expect(capability('rewritten')).toBe('');
  });
});
