/**
 * A run over several batches of files is interrupted, and started again: it goes on where it stood. Nothing that was done
 * is done again, no file is left in between, and no file is left out.
 */
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type { ChildResult } from '../support/run-node.js';
import { snapshot, type FileSnapshot } from '../support/file-snapshot.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';

/** Three batches of 64, and some. */
const FILES = 200;
const BATCH = 64;
/** In the midst of the second batch. */
const PASS = 100;
const FOLDER = 'many';
const CANCELLED = 32;
const LEFT_OVER = 4;

const nameOf = (index: number): string => `${FOLDER}/${String(index).padStart(3, '0')}`;
const NAMES = Array.from({ length: FILES }, (_, index) => nameOf(index));

interface Interruption {
  readonly operation: ForwardOperation;
  /** Operations that bring all files to where this one begins. */
  readonly before: readonly ForwardOperation[];
  readonly step: string;
  readonly done: string;
}

const INTERRUPTIONS: readonly Interruption[] = [
  { operation: 'archive', before: ['remove'], step: 'archive:after-mark', done: 'archived' },
  { operation: 'release', before: ['archive'], step: 'release:after-mark', done: 'released' },
  { operation: 'recall', before: ['archive', 'release'], step: 'recall:after-mark', done: 'recalled' },
  { operation: 'remove', before: ['archive'], step: 'remove:after-mark', done: 'removed' },
];

function countResults(child: ChildResult): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const record of child.records()) {
    if (record['type'] !== 'file') continue;
    const result = String(record['result']);
    counts[result] = (counts[result] ?? 0) + 1;
  }
  return counts;
}

describeAsRoot('a run that was interrupted', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let originals: FileSnapshot[];
  const shots = (): FileSnapshot[] => NAMES.map((name) => snapshot(hsm.at(name)));
  const args = (operation: ForwardOperation): string[] => [operation, '-r', '-v', hsm.at(FOLDER).toString()];

  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    fs.mkdirSync(hsm.at(FOLDER));
    NAMES.forEach((name, index) => fs.writeFileSync(hsm.at(name), `content ${index} `.repeat(index)));
    originals = shots();
  });

  async function prepare({ before }: Interruption): Promise<void> {
    await hsm.run('recall');
    for (const operation of before) await hsm.run(operation);
  }

  /** What had been done, and what the second run did, together are everything, once. */
  async function assertEnd({ operation, done }: Interruption, first: number, second: ChildResult): Promise<void> {
    expect(countResults(second)[done]).toBe(FILES - first);
    expect(second.shellStatus).toBe(0);
    expect(hsm.intents()).toEqual([]);
    expect(await hsm.drift()).toEqual([]);
    expect(hsm.objects()).toHaveLength(operation === 'remove' ? 0 : FILES);
    await hsm.run('recall');
    expect(shots()).toEqual(originals);
  }

  const cases = INTERRUPTIONS.flatMap((interruption) =>
    (['SIGINT', 'SIGTERM'] as const).map((signal) => [interruption.operation, signal, interruption] as const),
  );

  test.each(cases)('%s by %s goes on behind the batch that it settled', async (operation, signal, interruption) => {
    await prepare(interruption);
    const first = await hsm.signalled(args(operation), `${interruption.step}#${PASS}=pause`, signal);
    expect(first.shellStatus).toBe(CANCELLED);
    expect(hsm.intents()).toEqual([]);
    const done = countResults(first)[interruption.done] ?? 0;
    expect(done).toBeGreaterThanOrEqual(BATCH);
    expect(done).toBeLessThan(FILES);
    await assertEnd(interruption, done, await hsm.child(args(operation)));
  });

  test.each(INTERRUPTIONS.map((one) => [one.operation, one] as const))(
    '%s by SIGKILL leaves what it was about to recovery, and goes on with the others',
    async (operation, interruption) => {
      await prepare(interruption);
      await hsm.child(args(operation), `${interruption.step}#${PASS}=kill`);
      expect(hsm.intents()).toHaveLength(BATCH);
      const second = await hsm.child(args(operation));
      expect(second.shellStatus).toBe(LEFT_OVER);
      expect(countResults(second)).toMatchObject({ [interruption.done]: FILES - 2 * BATCH });
      expect(hsm.intents()).toHaveLength(BATCH);
      const { actions } = await hsm.recover('revert');
      expect(actions.filter(({ result }) => result === 'done')).toHaveLength(BATCH);
      const third = await hsm.child(args(operation));
      const settled = FILES - (countResults(third)[interruption.done] ?? 0);
      await assertEnd(interruption, settled, third);
    },
  );

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('recover by %s goes on where it stood', async (signal) => {
    await hsm.run('recall');
    await hsm.run('archive');
    for (let batch = 1; batch <= 3; batch++) await hsm.child(args('release'), 'release:before-punch=kill');
    expect(hsm.intents()).toHaveLength(3 * BATCH);
    const recover = ['recover', hsm.scratch.mountPoint, '--apply'];
    const first = await hsm.signalled(recover, `recover:after-attribute#${PASS}=pause`, signal);
    expect(first.shellStatus).toBe(signal === 'SIGKILL' ? 137 : CANCELLED | 1);
    const left = hsm.intents().length;
    // Who was asked to stop settles the batch that it is at.
    expect(left).toBe(signal === 'SIGKILL' ? 2 * BATCH : BATCH);
    const { actions } = await hsm.recover();
    expect(actions.filter(({ result }) => result === 'done')).toHaveLength(left);
    expect(await hsm.drift()).toEqual([]);
    await hsm.run('recall');
    expect(shots()).toEqual(originals);
  });
});
