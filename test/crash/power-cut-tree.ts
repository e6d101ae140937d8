/**
 * Power cuts at every step at once. An operation runs through, and at each step that it passes the images are cloned.
 * Each clone is a world in which the power failed there: it is mounted, and recovery runs on it; at each step that this
 * recovery passes the images are cloned again, and so on, as many recoveries deep as wanted. What a killed child shows
 * for one path this shows for all of them, with no process to start: the hook runs on the one thread that writes, so
 * that nothing of ours is at work while the images are cloned.
 */
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type { StepName } from '../../src/migrate/step-names.js';
import type { Preference } from '../../src/recover/decision-facts.js';
import { ONCE_A_BATCH, type CrashCycle } from './crash-cycle.js';
import { ImageWorld, type PowerCut } from './image-world.js';

/** Where the power failed: of the operation first, then of the recoveries. */
export type CutPath = readonly string[];

export interface TreeOptions {
  readonly operation: ForwardOperation;
  readonly prefer: Preference;
  /** So many recoveries die one after the other, at most. */
  readonly depth: number;
  /** Which of the steps that were passed to look into; the path ends with `<step>#<pass>`. */
  readonly wants: (path: CutPath, step: StepName, pass: number) => boolean;
  /** Called for each world before it is recovered. */
  readonly onWorld?: (path: CutPath) => void;
  /** Called when a world has passed, or with what went wrong in it; without it the first failure ends the walk. */
  readonly onResult?: (path: CutPath, error?: unknown) => void;
  readonly isCancelled?: () => boolean;
}

interface Cut {
  readonly path: CutPath;
  readonly cut: PowerCut;
}

/** The pass that is representative of all: the third file's, where there are that many. */
const REPRESENTATIVE_PASS = 3;

/** Each step once, where some files are further on than others. */
export const onceEach: TreeOptions['wants'] = (_, step, pass) =>
  pass === (ONCE_A_BATCH.test(step) ? 1 : REPRESENTATIVE_PASS);

export class PowerCutTree {
  readonly #world: ImageWorld;

  constructor(
    readonly cycle: CrashCycle,
    readonly options: TreeOptions,
  ) {
    const { scratch } = cycle.hsm;
    if (!(scratch instanceof ImageWorld)) throw new Error('only images can be cloned');
    this.#world = scratch;
  }

  /** Walks through all of it. @returns the number of worlds that were recovered */
  async walk(): Promise<number> {
    const { operation } = this.options;
    await this.cycle.prepare(operation);
    const cuts: Cut[] = [];
    await this.cycle.operate(operation, this.#cutInto(cuts, []));
    return this.#visitAll(cuts, this.options.depth);
  }

  #cutInto(cuts: Cut[], above: CutPath): (step: StepName) => void {
    const passes = new Map<StepName, number>();
    return (step) => {
      const pass = (passes.get(step) ?? 0) + 1;
      passes.set(step, pass);
      const path = [...above, `${step}#${pass}`];
      if (this.options.wants(path, step, pass)) cuts.push({ path, cut: this.#world.cutPower() });
    };
  }

  async #visitAll(cuts: readonly Cut[], depth: number): Promise<number> {
    let worlds = 0;
    for (const cut of cuts) {
      if (!this.options.isCancelled?.()) worlds += await this.#visit(cut, depth);
      this.#world.discard(cut.cut);
    }
    return worlds;
  }

  async #visit({ path, cut }: Cut, depth: number): Promise<number> {
    const { prefer, onWorld, onResult } = this.options;
    onWorld?.(path);
    const below: Cut[] = [];
    try {
      this.#world.restore(cut);
      await this.cycle.hsm.findings('interrupted');
      await this.cycle.recoverAll({ prefer, ...(depth > 0 && { onStep: this.#cutInto(below, path) }) });
      await this.cycle.assertWhole();
      onResult?.(path);
    } catch (error) {
      if (!onResult) throw new Error(`lost after power cuts at ${path.join(', ')}`, { cause: error });
      onResult(path, error);
    }
    return 1 + (await this.#visitAll(below, depth - 1));
  }
}
