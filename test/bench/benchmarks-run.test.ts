/**
 * The benchmarks reach into the product and are run by hand, months apart: here each runs small, so that none has rotted
 * unseen when it is needed. What they measure is not looked at.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { describeAsRoot } from '../support/require-root.js';
import { runChild } from '../support/run-node.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SMALL = ['--inodes', '3000', '--runs', '1'];

describeAsRoot('a small run of each benchmark ends well and prints its table', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-benchmarks-'));
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  test.each([
    { script: 'run.mjs', args: SMALL, shows: 'C, same calls' },
    { script: 'device.mjs', args: ['rates', 'crc', 'cold', 'scaling', ...SMALL], shows: 'C, reads and parses' },
    { script: 'audit.mjs', args: SMALL, shows: 'C bulkstat' },
    { script: 'check.mjs', args: SMALL, shows: 'xfs-device' },
    { script: 'migrate.mjs', args: ['--files', '150', '--mib', '1', '--runs', '1'], shows: 'toOneByOne' },
  ])('$script', async ({ script, args, shows }) => {
    const { status, stdout, stderr } = await runChild(process.execPath, [path.join(ROOT, 'bench', script), ...args], {
      env: { TMPDIR: folder },
    });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(shows);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test.each(['run.mjs', 'device.mjs', 'audit.mjs', 'check.mjs'])('%s refuses what is no number', async (script) => {
    const args = [path.join(ROOT, 'bench', script), '--inodes', 'many'];
    const { status, stderr } = await runChild(process.execPath, args, { env: { TMPDIR: folder } });
    expect({ status, stderr }).toEqual({ status: 16, stderr: expect.stringMatching(/^usage: npm run bench/) });
  });
});
