/**
 * A person says which side of a conflict counts, and the command dies at each of its steps. Recovery ends what was begun,
 * or leaves the conflict as it was, and the same command said again ends it. Never does a file come to have what the person
 * did not choose.
 */
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type { Side } from '../../src/recover/decide-resolve.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { CrashCycle, faultsOf } from './crash-cycle.js';
import type { Disaster } from './disasters.js';

const DISASTERS: readonly Disaster[] = [
  'killed',
  'killed, then the power fails',
  'killed, then the power fails behind a flushed log',
];
const BYTES = 200_000;
const CONTENT = Buffer.alloc(BYTES, 'archived');
const WRITTEN = Buffer.from('written while it was away');

/** The operation whose way each decision goes. */
const WAYS: readonly { readonly keep: Side; readonly operation: ForwardOperation }[] = [
  { keep: 'archive', operation: 'recall' },
  { keep: 'file', operation: 'remove' },
];

/** Each file is a batch of its own: the second one dies. */
const CASES = WAYS.flatMap(({ keep, operation }) =>
  faultsOf(operation).map((fault, index) => {
    const disaster = DISASTERS[index % DISASTERS.length] ?? 'killed';
    return { keep, fault: `${fault.replace(/(#\d+)?=/, '#2=')}`, disaster };
  }),
);

describeAsRoot('resolve', () => {
  const scratch = useFilesystem();
  let cycle: CrashCycle;
  let hsm: Hsm;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    cycle = new CrashCycle(hsm, { files: {}, archivedBefore: [] });
  });

  const NAMES = ['regrown', 'second', 'touched'] as const;
  const bytesOf = (name: string): Buffer => fs.readFileSync(hsm.at(name));

  /** Released, and then: grown again, written to where the file shall count, touched. */
  async function prepare(keep: Side): Promise<Map<string, Buffer>> {
    for (const name of NAMES) fs.writeFileSync(hsm.at(name), CONTENT);
    await hsm.run('archive', NAMES);
    await hsm.run('release', NAMES);
    for (const name of NAMES.slice(0, 2)) {
      fs.truncateSync(hsm.at(name), 0);
      fs.truncateSync(hsm.at(name), BYTES);
    }
    if (keep === 'file') {
      const fd = fs.openSync(hsm.at('second'), 'r+');
      fs.writeSync(fd, WRITTEN, 0, WRITTEN.length, 100_000);
      fs.closeSync(fd);
    }
    fs.utimesSync(hsm.at('touched'), 1, 1);
    for (const name of NAMES) {
      const fd = fs.openSync(hsm.at(name), 'r');
      fs.fsyncSync(fd);
      fs.closeSync(fd);
    }
    return new Map(NAMES.map((name) => [name, keep === 'archive' ? CONTENT : bytesOf(name)]));
  }

  test.each(CASES)('keeps the $keep, $fault, $disaster', async ({ keep, fault, disaster }) => {
    const wanted = await prepare(keep);
    const args = ['resolve', '--keep', keep, ...NAMES.map((name) => hsm.at(name).toString())];
    await cycle.crash(args, fault, disaster);

    await hsm.recover();
    expect(hsm.intents()).toEqual([]);
    // What is not ended is a conflict still, which no recall ends in anybody's place.
    expect(await hsm.outcomes('recall', NAMES)).not.toContain('recalled');
    const begun = [...wanted].filter(([name, bytes]) => !bytesOf(name).equals(bytes)).map(([name]) => name);
    for (const name of begun) expect(bytesOf(name).equals(Buffer.alloc(BYTES)), name).toBe(true);

    for (const { result } of await hsm.resolve(keep, NAMES)) expect(['resolved', 'already']).toContain(result);
    for (const [name, bytes] of wanted) expect(bytesOf(name).equals(bytes), name).toBe(true);
    expect(await hsm.drift()).toEqual([]);
    expect(hsm.intents()).toEqual([]);
  });
});
