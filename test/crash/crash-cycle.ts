/**
 * Kills an operation at a named step, perhaps cuts the power too, recovers, and makes sure that nothing was lost and
 * nothing is left over. One filesystem serves many cycles: each ends with all files whole. README.md says how to build
 * on it. Checks are node:assert's, for the laboratory runs outside of vitest, too.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { STEPS, type Operation, type StepName } from '../../src/migrate/step-names.js';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type { ActionRecord } from '../../src/recover/action-record.js';
import type { Preference } from '../../src/recover/decision-facts.js';
import { snapshot, type FileSnapshot } from '../support/file-snapshot.js';
import type { Hsm, Recovery } from '../support/hsm.js';
import { CRASH_FILES, type CrashFiles } from './crash-files.js';
import type { Disaster } from './disasters.js';
import { ImageWorld } from './image-world.js';

export type { Disaster } from './disasters.js';

const FOLDER = 'work';
const KILLED = { shellStatus: 137, stderr: '' };

/** These pass once for the whole batch; the others once for each file. */
export const ONCE_A_BATCH =
  /:(before-intent|after-intent|before-sync|after-sync|after-put|before-verified|after-verified|after-data-sync|after-settle-sync|before-catalog|after-catalog)$/;
/** Steps that do half of what comes next under `tear`. */
export const TEARS = /:(before-mark|before-data|before-sidecar|before-punch|before-fill|before-attribute)$/;

export const NAMES: readonly string[] = Object.keys(CRASH_FILES.files);

/** The faults that are worth a cycle: every step killed, and torn where something can be torn. */
export function faultsOf(operation: Operation): string[] {
  const steps = (Object.keys(STEPS) as StepName[]).filter((step) => step.startsWith(`${operation}:`));
  return steps.flatMap((step) => {
    const at = ONCE_A_BATCH.test(step) ? step : `${step}#3`;
    return TEARS.test(step) ? [`${at}=kill`, `${at}=tear`] : [`${at}=kill`];
  });
}

/** Left for somebody, though it is more than information and not just a file that is to be archived anew. */
const isOpen = (action: ActionRecord): boolean =>
  action.result !== 'done' && action.severity !== 'info' && action.class !== 'stale-copy';

const inShort = ({ class: name, from, result, why, path, facts }: ActionRecord): string =>
  `${path?.toString().split('/').at(-1) ?? ''} ${from ?? ''} ${name} ${result}: ${why} ${JSON.stringify(facts)}`;

const OUTCOMES: Readonly<Record<ForwardOperation, string>> = {
  archive: 'archived',
  release: 'released',
  recall: 'recalled',
  remove: 'removed',
};

export interface RecoverOptions {
  readonly prefer?: Preference;
  /** Hears of the steps that the (first) recovery comes by, in their order. */
  readonly onStep?: (step: StepName) => void;
}

export class CrashCycle {
  #originals: FileSnapshot[] = [];

  constructor(
    readonly hsm: Hsm,
    readonly about: CrashFiles = CRASH_FILES,
  ) {
    fs.mkdirSync(hsm.at(FOLDER));
    for (const name of this.names) this.#make(name);
  }

  get names(): readonly string[] {
    return Object.keys(this.about.files);
  }

  fileOf(name: string): Buffer {
    return this.hsm.at(`${FOLDER}/${name}`);
  }

  originalOf(name: string): FileSnapshot {
    const original = this.#originals[this.names.indexOf(name)];
    if (!original) throw new Error(`there is no file ${name}`);
    return original;
  }

  #make(name: string): void {
    const file = this.fileOf(name);
    this.about.files[name]?.(file);
    const fd = fs.openSync(file, 'r');
    fs.fsyncSync(fd);
    fs.closeSync(fd);
  }

  async #all(operation: ForwardOperation, names = this.names): Promise<void> {
    const outcomes = await this.hsm.outcomes(
      operation,
      names.map((name) => `${FOLDER}/${name}`),
    );
    const wrong = outcomes.filter((outcome) => outcome !== OUTCOMES[operation] && outcome !== 'already');
    assert.deepEqual(wrong, [], `${operation} of all files`);
  }

  /** Brings all files into the state that the operation starts from, and remembers what is in them. */
  async prepare(operation: ForwardOperation): Promise<void> {
    const { archivedBefore } = this.about;
    if (operation === 'archive') {
      await this.#all('archive');
      await this.#all('remove');
      // What some of these make is the same each time, and would not be archived again.
      for (const name of archivedBefore) fs.appendFileSync(this.fileOf(name), 'an earlier version');
      if (archivedBefore.length > 0) await this.#all('archive', archivedBefore);
      for (const name of archivedBefore) this.#make(name);
    } else {
      await this.#all('archive');
    }
    this.#originals = this.names.map((name) => snapshot(this.fileOf(name)));
    if (operation === 'recall') await this.#all('release');
  }

  /** New files in the place of the old ones, about which nothing is assumed. */
  renew(): void {
    for (const name of this.names) {
      fs.rmSync(this.fileOf(name), { force: true });
      this.#make(name);
    }
  }

  /** The operation, in this process, over all files. */
  async operate(operation: ForwardOperation, onStep: (step: StepName) => void): Promise<void> {
    await this.hsm.run(operation, [FOLDER], { onStep });
  }

  /** The operation dies at the step; that it did not live is part of the test. The disaster takes its course. */
  async strike(operation: ForwardOperation, fault: string, disaster: Disaster = 'killed'): Promise<void> {
    await this.crash([operation, '-r', this.hsm.at(FOLDER).toString()], fault, disaster);
  }

  /** A recovery that dies at the step. By bulkstat: what settles a device for its scan makes data durable by the way. */
  async strikeRecovery(fault: string, prefer: Preference = 'auto', disaster: Disaster = 'killed'): Promise<void> {
    const args = ['recover', this.hsm.scratch.mountPoint, '--apply', '--prefer', prefer, '--source', 'xfs-bulkstat'];
    await this.crash(args, fault, disaster);
  }

  /** What comes after the death of a process. */
  befall(disaster: Disaster): void {
    if (disaster === 'killed, then the power fails') this.hsm.powerCut('drop-log');
    if (disaster === 'killed, then the power fails behind a flushed log') this.hsm.powerCut('flush-log');
    if (disaster === 'the power fails at once') this.#imageWorld().restore(this.#imageWorld().cutPower());
  }

  /** `hsmck ARGS` with a fault `kill` or `tear`, and what comes after it. A fault that does not fire is an error. */
  async crash(args: readonly string[], fault: string, disaster: Disaster): Promise<void> {
    if (disaster === 'the power fails at once' && fault.endsWith('=kill')) return this.#cutShort(args, fault);
    await this.#die(args, fault);
    this.befall(disaster);
  }

  async #die(args: readonly string[], fault: string): Promise<void> {
    const { shellStatus, stderr } = await this.hsm.child(args, fault);
    assert.deepEqual({ shellStatus, stderr }, KILLED, `${fault} did not fire`);
  }

  #imageWorld(): ImageWorld {
    const { scratch } = this.hsm;
    if (!(scratch instanceof ImageWorld)) throw new Error('power fails at once only where the images can be cloned');
    return scratch;
  }

  /** The process stands still at the step while the power fails, and is thrown away with the filesystems. */
  async #cutShort(args: readonly string[], fault: string): Promise<void> {
    const world = this.#imageWorld();
    const pause = fault.replace(/kill$/, 'pause');
    world.restore(await this.hsm.whileStopped(args, pause, () => world.cutPower()));
  }

  /** Recovers, and holds everything that recovery promises against what is there. */
  async recoverAll({ prefer = 'auto', onStep }: RecoverOptions = {}): Promise<Recovery> {
    const recovery = await this.hsm.recover(prefer, onStep ? { onStep } : {});
    assert.deepEqual(recovery.actions.filter(isOpen).map(inShort), [], 'recovery settles everything');
    // The second run audits, too: it has to find nothing.
    const again = await this.hsm.recover(prefer);
    const more = again.actions.filter((action) => isOpen(action) || action.result === 'done');
    assert.deepEqual(more.map(inShort), [], 'a second recovery finds nothing');
    assert.deepEqual(this.hsm.intents(), [], 'no intent is open');
    return recovery;
  }

  /** Every file, recalled if it is away, is what it was. */
  async assertWhole(): Promise<void> {
    await this.#all('recall');
    this.assertUnchanged(this.names);
  }

  /** These files are what they were, in bytes, size, mode, owner, links, attributes and mtime. */
  assertUnchanged(names: readonly string[]): void {
    const now = names.map((name) => snapshot(this.fileOf(name)));
    const before = names.map((name) => this.originalOf(name));
    assert.deepEqual(now, before, 'every file is what it was');
  }
}
