/** A run of the laboratory: counts, says what failed, and goes on in a new world where the old one lies in ruins. */
import { LabFigures } from './lab-figures.js';
import { openLaboratory, type Laboratory } from './laboratory.js';

/** Each cycle leaves copies in the trash of its world, which has room for some hundreds. */
const CYCLES_PER_WORLD = 100;

export interface CycleLabel {
  /** Enough to play it again. */
  readonly text: string;
  /** Where it crashed, the operation first. */
  readonly faults: readonly string[];
}

export interface LabRunOptions {
  readonly parentFolder: string | undefined;
  /** Undefined: until everything is done. */
  readonly minutes: number | undefined;
  /** Of the cycles that can be run independently of each other only every `count`-th, beginning with `index`. */
  readonly share: { readonly index: number; readonly count: number };
  readonly isVerbose: boolean;
  readonly say: (line: string) => void;
}

export class LabRun {
  readonly figures = new LabFigures();
  #laboratory: Laboratory | undefined;
  #asked = 0;
  #cyclesInWorld = 0;
  #isCancelled = false;

  constructor(readonly options: LabRunOptions) {}

  cancel(): void {
    this.#isCancelled = true;
  }

  /** No further cycle is to begin. */
  isOver(): boolean {
    const { minutes } = this.options;
    return this.#isCancelled || (minutes !== undefined && this.figures.seconds > minutes * 60);
  }

  /** True if the next cycle is this run's share of the work. */
  takesNext(): boolean {
    const { index, count } = this.options.share;
    return this.#asked++ % count === index && !this.isOver();
  }

  async laboratory(): Promise<Laboratory> {
    return (this.#laboratory ??= await openLaboratory(this.options.parentFolder));
  }

  note({ text, faults }: CycleLabel, error?: unknown): void {
    this.figures.note(faults, error !== undefined);
    if (error !== undefined) this.options.say(`LOSS   ${text}\n${inFull(error)}`);
    else if (this.options.isVerbose) this.options.say(`ok     ${text}`);
  }

  /** Runs a cycle. A failure is noted, and the world that it happened in is given up. */
  async play<T>(label: CycleLabel, cycle: (laboratory: Laboratory) => Promise<T>): Promise<T | undefined> {
    if (this.#cyclesInWorld++ === CYCLES_PER_WORLD) this.close();
    try {
      const result = await cycle(await this.laboratory());
      this.note(label);
      return result;
    } catch (error) {
      // Who cancels from a terminal hits the children, too.
      if (!this.#isCancelled) this.note(label, error);
      this.close();
      return undefined;
    }
  }

  close(): void {
    this.#laboratory?.world.destroy();
    this.#laboratory = undefined;
    this.#cyclesInWorld = 0;
  }
}

function inFull(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${inFull(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
