/**
 * Lost writes below the filesystem: every write and flush of both drives is recorded while an operation runs, and the
 * drives are rebuilt as a power cut before any flush would leave them, what was not flushed being lost. A flush that
 * the protocol forgets shows here and nowhere else.
 *
 * `HSMCK_POWER_CUTS=flushes` cuts before every flush, `all` before every record of the log, with more kinds of survivors.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Operation } from '../../src/migrate/step-names.js';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import { CrashCycle } from '../crash/crash-cycle.js';
import { Hsm } from '../support/hsm.js';
import { memoryFolder } from '../support/memory-folder.js';
import { describeAsRoot } from '../support/require-root.js';
import { MANAGED, RecordedDrives, STORE } from './recorded-drives.js';
import type { Replay, Survivors } from './replay.js';

const WANTED = process.env['HSMCK_POWER_CUTS'] ?? '';
const FLUSH_CUTS_IN_SHORT = 3;
const TIMEOUT_MS = WANTED === '' ? 300_000 : 24 * 3600_000;
const SURVIVORS: readonly Survivors[] =
  WANTED === '' ? ['none', { seed: 1 }] : ['none', 'all', { seed: 1 }, { seed: 2 }, { seed: 3 }];

/** What archiving gives up, it leaves as it was: with an older version in the archive. */
const EXPLAINED = ['stale-copy'];

/** What is recorded, and the state from which it starts. */
interface Scene {
  readonly operation: Operation;
  readonly prepare: ForwardOperation;
  /** Recovery needs something to recover. */
  readonly fault?: string;
}

const SCENES: readonly Scene[] = [
  { operation: 'archive', prepare: 'archive' },
  { operation: 'release', prepare: 'release' },
  { operation: 'recall', prepare: 'recall' },
  { operation: 'remove', prepare: 'remove' },
  { operation: 'recover', prepare: 'archive', fault: 'archive:after-verified=kill' },
  { operation: 'recover', prepare: 'release', fault: 'release:before-punch#4=kill' },
  { operation: 'recover', prepare: 'recall', fault: 'recall:before-fill#4=kill' },
  { operation: 'recover', prepare: 'remove', fault: 'remove:after-settle-sync=kill' },
];

class Recording {
  #from = 0;
  #to = 0;
  cyclesDone = 0;

  private constructor(
    readonly drives: RecordedDrives,
    readonly cycle: CrashCycle,
  ) {}

  static async of(scene: Scene): Promise<Recording> {
    const drives = await RecordedDrives.create(memoryFolder);
    const cycle = new CrashCycle(await Hsm.create(drives.scratch));
    const recording = new Recording(drives, cycle);
    await cycle.prepare(scene.prepare);
    if (scene.fault !== undefined) await cycle.strike(scene.prepare, scene.fault);
    recording.#from = drives.mark();
    if (scene.operation === 'recover') await cycle.hsm.recover();
    else await cycle.hsm.run(scene.operation, ['work']);
    recording.#to = drives.mark();
    await drives.stop();
    return recording;
  }

  /** Indexes of records before which the power fails: flushes, evenly chosen, or all. */
  cuts(replay: Replay): number[] {
    const inside = [...replay.records.entries()].filter(([, { dataAt }]) => dataAt > this.#from && dataAt <= this.#to);
    if (WANTED === 'all') return inside.map(([index]) => index);
    const flushes = inside.filter(([, { type }]) => type === 'flush').map(([index]) => index);
    if (WANTED === 'flushes') return flushes;
    const step = Math.max(1, flushes.length / FLUSH_CUTS_IN_SHORT);
    return flushes.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
  }

  /** Mounts, recovers, and holds everything against what was there. Returns what went wrong, in one line. */
  async failureAt(replay: Replay, cut: number, survivors: Survivors): Promise<string | undefined> {
    try {
      await this.drives.afterCut(replay, cut, survivors, async () => {
        await this.cycle.recoverAll();
        await this.cycle.assertWhole();
        const drift = await this.cycle.hsm.drift();
        expect(drift.filter((name) => !EXPLAINED.includes(name))).toEqual([]);
        this.cyclesDone += 1;
      });
      return undefined;
    } catch (error) {
      return `cut before record ${cut}, survivors ${JSON.stringify(survivors)}: ${String(error)}`;
    }
  }

  async failures(replay: Replay, survivors: Survivors): Promise<string[]> {
    const failures: string[] = [];
    for (const cut of this.cuts(replay)) {
      const failure = await this.failureAt(replay, cut, survivors);
      if (failure !== undefined) failures.push(failure);
    }
    return failures;
  }
}

const named = SCENES.map((scene) => [scene.fault ? `recovery from ${scene.fault}` : scene.operation, scene] as const);

describeAsRoot.each(named)('power cuts within %s', (_, scene) => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await Recording.of(scene);
  }, TIMEOUT_MS);
  afterAll(() => {
    recording.drives.destroy();
    if (WANTED !== '') console.log(`${recording.cyclesDone} power cuts recovered from`);
  });

  test.each(SURVIVORS)(
    'lose nothing; survivors among what was not flushed: %j',
    async (survivors) => {
      const replay = recording.drives.replay();
      try {
        expect(recording.cuts(replay).length).toBeGreaterThan(1);
        expect(await recording.failures(replay, survivors)).toEqual([]);
      } finally {
        replay.close();
      }
    },
    TIMEOUT_MS,
  );
});

describe('the laboratory', () => {
  describeAsRoot('would see a flush that is missing', () => {
    let recording: Recording;
    beforeAll(async () => {
      recording = await Recording.of({ operation: 'release', prepare: 'release' });
    }, TIMEOUT_MS);
    afterAll(() => recording.drives.destroy());

    test.each([
      ['of the drive with catalog and archive', STORE],
      ['of the managed drive', MANAGED],
    ])(
      '%s',
      async (_, drive) => {
        const replay = recording.drives.replay([drive]);
        try {
          const last = recording.cuts(replay).at(-1) ?? 0;
          expect(await recording.failureAt(replay, last, 'none')).toBeDefined();
        } finally {
          replay.close();
        }
      },
      TIMEOUT_MS,
    );
  });
});
