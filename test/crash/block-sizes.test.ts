/**
 * Filesystems whose blocks are larger or smaller than a page, and that cannot share extents: there a fill copies, and may
 * be killed between any two of its writes.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { programFile, runChild } from '../support/run-node.js';
import { CrashCycle } from './crash-cycle.js';

const PAGE = 4096;
const FAULTS = [
  ['recall', 'recall:before-fill#3=tear'],
  ['recall', 'recall:after-fill#3=kill'],
  ['release', 'release:before-punch#3=tear'],
] as const;

/** Data in pages that do not touch, so that each of them is written by a call of its own wherever pages are the grain. */
function everyOtherPage(pages: number): Buffer {
  const content = Buffer.alloc(pages * PAGE);
  for (let page = 0; page < pages; page += 2) randomBytes(PAGE).copy(content, page * PAGE);
  return content;
}

describeAsRoot.each([1024, 16_384])('without reflink, in blocks of %i bytes', (blockBytes) => {
  const scratch = useFilesystem({ mkfsOptions: ['-b', `size=${blockBytes}`, '-m', 'reflink=0'] });
  let hsm: Hsm;
  let cycle: CrashCycle;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    cycle = new CrashCycle(hsm);
  });

  test.each(FAULTS)('%s, killed at %s', async (operation, fault) => {
    await cycle.prepare(operation);
    await cycle.strike(operation, fault);
    hsm.powerCut();
    await cycle.recoverAll();
    await cycle.assertWhole();
  });

  test.each([1, 3, 8])('a recall, killed behind write %i of its fill', async (nth) => {
    const name = `filled-${nth}`;
    const content = everyOtherPage(32);
    fs.writeFileSync(hsm.at(name), content);
    expect(await hsm.outcomes('archive', [name])).toEqual(['archived']);
    expect(await hsm.outcomes('release', [name])).toEqual(['released']);
    const file = hsm.at(name).toString();
    const log = path.join(scratch().folder, `strace-${nth}`);
    const command = [process.execPath, programFile(), '--catalog', hsm.catalogPath, 'recall', file];
    const inject = ['-e', 'trace=pwrite64', '-e', `inject=pwrite64:signal=SIGKILL:when=${nth}`];
    await runChild('strace', ['-f', '-o', log, '-P', file, ...inject, ...command]);
    expect(fs.readFileSync(log, 'utf8')).toMatch(/killed by SIGKILL/);
    const { actions } = await hsm.recover();
    expect(actions.map(({ action, to, result }) => [action, to, result])).toEqual([['fill', 'dual', 'done']]);
    expect(fs.readFileSync(hsm.at(name)).equals(content)).toBe(true);
    expect(await hsm.drift()).toEqual([]);
  });

  test('the filesystem is as it was to be', () => {
    const info = execFileSync('xfs_info', [scratch().mountPoint], { encoding: 'utf8' });
    expect(info).toMatch(new RegExp(`^data +=.* bsize=${blockBytes} `, 'm'));
    expect(info).toMatch(/reflink=0/);
  });
});
