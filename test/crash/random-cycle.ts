/**
 * Plays a random scenario. At which pass of a step it crashes is drawn among those that there are: the run, with all
 * crashes before it, is rehearsed first from the same images. So a fault that does not fire is an error here, too.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import type { StepName } from '../../src/migrate/step-names.js';
import type { Hsm } from '../support/hsm.js';
import { CrashCycle } from './crash-cycle.js';
import type { ImageWorld, PowerCut } from './image-world.js';
import type { Crash } from './crash-case.js';
import { crashFilesOf } from './random-files.js';
import { MILLION, type RandomCrash, type Scenario } from './random-scenario.js';
import { assertWriteKept, overwrite, type UserWrite } from './user-write.js';

const share = (whole: number, millionths: number): number => Math.floor((whole * millionths) / MILLION);

/** The step that was drawn, or where the run does not come by it, the next that it does come by. */
function crashAmong(passed: readonly StepName[], { step, passOf, action, disaster }: RandomCrash): Crash | undefined {
  const reached = passed.includes(step) ? step : passed[share(passed.length, passOf)];
  if (reached === undefined) return undefined;
  const passes = passed.filter((one) => one === reached).length;
  return { fault: `${reached}#${1 + share(passes, passOf)}=${action}`, disaster };
}

interface WrittenFile {
  readonly file: Buffer;
  readonly original: Buffer;
  readonly write: UserWrite;
}

export class RandomCycle {
  readonly #cycle: CrashCycle;
  readonly #world: ImageWorld;
  readonly #originals = new Map<string, Buffer>();
  #written: WrittenFile[] = [];

  /** @param pristine what to begin with: a world in which nothing but the registration has happened */
  constructor(
    readonly hsm: Hsm,
    world: ImageWorld,
    pristine: PowerCut,
    readonly scenario: Scenario,
  ) {
    this.#world = world;
    world.restore(pristine, true);
    this.#cycle = new CrashCycle(hsm, crashFilesOf(scenario.files));
  }

  /** @returns where it crashed */
  async play(): Promise<Crash[]> {
    const { operation, crash, recoveries, prefer } = this.scenario;
    await this.#prepare();
    // What is only in memory would be lost with a rehearsal.
    this.#world.sync();
    const prepared = this.#world.cutPower();
    const crashes: Crash[] = [];
    for (const [index, wanted] of [crash, ...recoveries].entries()) {
      const steps: StepName[] = [];
      const onStep = (step: StepName): void => void steps.push(step);
      if (index === 0) await this.#cycle.operate(operation, onStep);
      else await this.hsm.recover(prefer, { onStep });
      this.#world.restore(prepared, true);
      const next = crashAmong(steps, wanted);
      assert.ok(next !== undefined || index > 0, `${operation} comes by a step`);
      if (next !== undefined) crashes.push(next);
      await this.#strikeAll(crashes);
      if (next === undefined) break;
    }
    await this.#judge();
    return crashes;
  }

  async #strikeAll([first, ...others]: readonly Crash[]): Promise<void> {
    const { operation, prefer, userWrites } = this.scenario;
    if (!first) return;
    await this.#cycle.strike(operation, first.fault, userWrites.length > 0 ? 'killed' : first.disaster);
    if (userWrites.length > 0) {
      this.#userWrites();
      this.#cycle.befall(first.disaster);
    }
    for (const { fault, disaster } of others) await this.#cycle.strikeRecovery(fault, prefer, disaster);
  }

  async #prepare(): Promise<void> {
    const { operation } = this.scenario;
    await this.#cycle.prepare(operation === 'recall' ? 'release' : operation);
    for (const name of this.#cycle.names) this.#originals.set(name, fs.readFileSync(this.#cycle.fileOf(name)));
    if (operation === 'recall') await this.#cycle.prepare('recall');
  }

  #userWrites(): void {
    this.#written = [];
    const { names } = this.#cycle;
    for (const { file: index, from, length, zeros } of this.scenario.userWrites) {
      const name = names[index % names.length] ?? '';
      const original = this.#originals.get(name) ?? Buffer.alloc(0);
      const file = this.#cycle.fileOf(name);
      if (original.length === 0 || this.#written.some((one) => one.file.equals(file))) continue;
      const offset = share(original.length, from);
      const write = { offset, length: Math.max(1, share(original.length - offset, length)), zeros };
      overwrite(file, original, write);
      this.#written.push({ file, original, write });
    }
  }

  async #judge(): Promise<void> {
    const { prefer } = this.scenario;
    await this.hsm.findings('interrupted');
    if (this.#written.length === 0) {
      await this.#cycle.recoverAll({ prefer });
      await this.#cycle.assertWhole();
      // A file whose archiving was given up is what it was before: its older version is in the archive.
      const drift = (await this.hsm.drift()).filter(
        (name) => name !== 'stale-copy' || this.scenario.operation !== 'archive',
      );
      assert.deepEqual(drift, [], 'an audit finds nothing');
      return;
    }
    await this.hsm.recover(prefer);
    this.#assertNothingLost();
    const again = await this.hsm.recover(prefer);
    assert.deepEqual(
      again.actions.filter(({ result }) => result === 'done'),
      [],
      'a second recovery does nothing',
    );
    await this.hsm.run('recall');
    this.#assertNothingLost();
    this.#assertOthersWhole();
  }

  #assertNothingLost(): void {
    for (const { file, original, write } of this.#written)
      assertWriteKept(file, original, write, () => this.hsm.objects());
  }

  #assertOthersWhole(): void {
    const others = this.#cycle.names.filter(
      (name) => !this.#written.some(({ file }) => file.equals(this.#cycle.fileOf(name))),
    );
    this.#cycle.assertUnchanged(others);
  }
}
