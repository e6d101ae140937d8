/** Power cuts in images: that they take what they should, and a small part of the tree of all of them. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { CrashCycle } from './crash-cycle.js';
import { useWorld } from './cycle-suite.js';
import { OPERATIONS } from './full-matrix.js';
import { ImageWorld } from './image-world.js';
import { onceEach, PowerCutTree, type CutPath } from './power-cut-tree.js';

const TIMEOUT_MS = 300_000;

function imageWorld(scratch: unknown): ImageWorld {
  if (!(scratch instanceof ImageWorld)) throw new Error('not a world of images');
  return scratch;
}

function writeAndSync(file: string, content: string, isSynced: boolean): void {
  const fd = fs.openSync(file, 'w');
  fs.writeSync(fd, content);
  if (isSynced) fs.fsyncSync(fd);
  fs.closeSync(fd);
}

describeAsRoot('a power cut', () => {
  const scratch = useWorld('the power fails at once');

  test.each(['files', 'records'])('keeps of the %s what was synced, and takes what was not', (which) => {
    const world = imageWorld(scratch());
    const folder = which === 'files' ? world.mountPoint : world.folder;
    writeAndSync(path.join(folder, 'synced'), 'kept', true);
    writeAndSync(path.join(folder, 'not-synced'), 'lost', false);
    world.restore(world.cutPower());
    expect(fs.readFileSync(path.join(folder, 'synced'), 'utf8')).toBe('kept');
    expect(fs.existsSync(path.join(folder, 'not-synced'))).toBe(false);
  });

  test('can be gone back to again and again', () => {
    const world = imageWorld(scratch());
    const file = path.join(world.mountPoint, 'state');
    writeAndSync(file, 'before', true);
    const cut = world.cutPower();
    for (const attempt of [1, 2]) {
      writeAndSync(file, `attempt ${attempt}`, true);
      world.restore(cut, true);
      expect(fs.readFileSync(file, 'utf8')).toBe('before');
    }
    world.discard(cut);
  });
});

/** Few enough of them, spread over all steps: every n-th of the steps that are passed at each depth. */
const EVERY = [5, 6, 7];

describeAsRoot.each(OPERATIONS)('power cuts through %s and two recoveries', (operation) => {
  const scratch = useWorld('the power fails at once');
  let cycle: CrashCycle;
  beforeAll(async () => {
    cycle = new CrashCycle(await Hsm.create(scratch()));
  });

  test('lose nothing', { timeout: TIMEOUT_MS }, async () => {
    const seen = EVERY.map(() => 0);
    const wants: typeof onceEach = (cut, step, pass) => {
      const depth = cut.length - 1;
      if (!onceEach(cut, step, pass)) return false;
      const count = (seen[depth] = (seen[depth] ?? 0) + 1);
      return count % (EVERY[depth] ?? 1) === 0;
    };
    const worlds: CutPath[] = [];
    const onWorld = (cut: CutPath): void => void worlds.push(cut);
    const count = await new PowerCutTree(cycle, { operation, prefer: 'auto', depth: 2, wants, onWorld }).walk();
    expect(count).toBe(worlds.length);
    for (const depth of [1, 2, 3]) expect(worlds.filter((cut) => cut.length === depth).length).toBeGreaterThan(0);
  });
});
