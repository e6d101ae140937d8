/**
 * Kills an operation at a named step, perhaps cuts the power too, recovers, and makes sure that nothing was lost and
 * nothing is left over. One filesystem serves many cycles: each ends with all files whole.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { expect } from 'vitest';
import { STEPS, type Operation, type StepName } from '../../src/migrate/step-names.js';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type { ActionRecord } from '../../src/recover/action-record.js';
import { snapshot, type FileSnapshot } from '../support/file-snapshot.js';
import type { Hsm, Recovery } from '../support/hsm.js';

export type Disaster = 'killed' | 'killed, then the power fails';

const BLOCK = 4096;
const FOLDER = 'work';

type Make = (file: Buffer) => void;

const data =
  (bytes: number): Make =>
  (file) =>
    fs.writeFileSync(file, randomBytes(bytes));

function sparse(file: Buffer): void {
  const fd = fs.openSync(file, 'w');
  for (const block of [3, 4, 90]) fs.writeSync(fd, randomBytes(BLOCK), 0, BLOCK, block * BLOCK);
  fs.ftruncateSync(fd, 100 * BLOCK + 17);
  fs.closeSync(fd);
}

/** In the order in which they are worked on: faults strike at the third. */
const FILES: Readonly<Record<string, Make>> = {
  '1-empty': data(0),
  '2-short': data(1),
  '3-long': data(300_001),
  '4-block': data(BLOCK),
  '5-more': data(70_000),
  '6-sparse': sparse,
  '7-zeros': (file) => fs.writeFileSync(file, Buffer.alloc(5 * BLOCK)),
  '8-last': data(2 * BLOCK - 1),
};

/** Had an earlier version archived when they are archived again. */
const ARCHIVED_BEFORE = ['2-short', '3-long', '5-more', '8-last'];

/** These pass once for the whole batch; the others once for each file. */
const ONCE_A_BATCH =
  /:(before-intent|after-intent|before-sync|after-sync|after-put|before-verified|after-verified|after-data-sync|after-settle-sync|before-catalog|after-catalog)$/;
/** Steps that do half of what comes next under `tear`. */
const TEARS = /:(before-mark|before-data|before-sidecar|before-punch|before-fill|before-attribute)$/;

export const NAMES = Object.keys(FILES);

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

export class CrashCycle {
  #originals: FileSnapshot[] = [];

  constructor(readonly hsm: Hsm) {
    fs.mkdirSync(hsm.at(FOLDER));
    for (const name of NAMES) this.#make(name);
  }

  fileOf(name: string): Buffer {
    return this.hsm.at(`${FOLDER}/${name}`);
  }

  originalOf(name: string): FileSnapshot {
    const original = this.#originals[NAMES.indexOf(name)];
    if (!original) throw new Error(`there is no file ${name}`);
    return original;
  }

  #make(name: string): void {
    const file = this.fileOf(name);
    FILES[name]?.(file);
    const fd = fs.openSync(file, 'r');
    fs.fsyncSync(fd);
    fs.closeSync(fd);
  }

  async #all(operation: ForwardOperation, names = NAMES): Promise<void> {
    const outcomes = await this.hsm.outcomes(
      operation,
      names.map((name) => `${FOLDER}/${name}`),
    );
    const done: Readonly<Record<ForwardOperation, string>> = {
      archive: 'archived',
      release: 'released',
      recall: 'recalled',
      remove: 'removed',
    };
    for (const outcome of outcomes) expect([done[operation], 'already']).toContain(outcome);
  }

  /** Brings all files into the state that the operation starts from, and remembers what is in them. */
  async prepare(operation: ForwardOperation): Promise<void> {
    if (operation === 'archive') {
      await this.#all('archive');
      await this.#all('remove');
      await this.#all('archive', ARCHIVED_BEFORE);
      for (const name of ARCHIVED_BEFORE) this.#make(name);
    } else {
      await this.#all('archive');
    }
    this.#originals = NAMES.map((name) => snapshot(this.fileOf(name)));
    if (operation === 'recall') await this.#all('release');
  }

  /** New files in the place of the old ones, about which nothing is assumed. */
  renew(): void {
    for (const name of NAMES) {
      fs.rmSync(this.fileOf(name), { force: true });
      this.#make(name);
    }
  }

  /** The operation dies at the step; that it did not live is part of the test. */
  async strike(operation: ForwardOperation, fault: string): Promise<void> {
    const { shellStatus, stderr } = await this.hsm.child([operation, '-r', this.hsm.at(FOLDER).toString()], fault);
    expect({ shellStatus, stderr }).toEqual({ shellStatus: 137, stderr: '' });
  }

  /** A recovery that dies at the step. */
  async strikeRecovery(fault: string, prefer = 'auto'): Promise<void> {
    const args = ['recover', this.hsm.scratch.mountPoint, '--apply', '--prefer', prefer];
    const { shellStatus, stderr } = await this.hsm.child(args, fault);
    expect({ shellStatus, stderr }).toEqual({ shellStatus: 137, stderr: '' });
  }

  /** Recovers, and holds everything that recovery promises against what is there. */
  async recoverAll(): Promise<Recovery> {
    const recovery = await this.hsm.recover();
    expect(recovery.actions.filter(isOpen).map(inShort)).toEqual([]);
    // The second run audits, too: it has to find nothing.
    const again = await this.hsm.recover();
    expect(again.actions.filter((action) => isOpen(action) || action.result === 'done').map(inShort)).toEqual([]);
    expect(this.hsm.intents()).toEqual([]);
    return recovery;
  }

  /** Every file, recalled if it is away, is what it was. */
  async assertWhole(): Promise<void> {
    await this.#all('recall');
    expect(NAMES.map((name) => snapshot(this.fileOf(name)))).toEqual(this.#originals);
  }
}
