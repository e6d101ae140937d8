/** Which of the next crashes to try, where not all of them can be. */
import type { Crash, Pick } from './crash-case.js';
import { DISASTERS, type Disaster } from './disasters.js';

/** How often which fault has struck, in the first recovery, the second ... (by the recoveries that may still die). */
export class Coverage {
  readonly #struck = new Map<number, Map<string, number>>();

  /** Faults as they are named without their pass. */
  covered(depth: number): string[] {
    return [...(this.#struck.get(depth)?.keys() ?? [])].sort();
  }

  times(depth: number, fault: string): number {
    return this.#struck.get(depth)?.get(withoutPass(fault)) ?? 0;
  }

  note(depth: number, fault: string): void {
    const counts = this.#struck.get(depth) ?? new Map<string, number>();
    counts.set(withoutPass(fault), this.times(depth, fault) + 1);
    this.#struck.set(depth, counts);
  }
}

export const withoutPass = (fault: string): string => fault.replace(/#\d+/, '');

/** Deals out disasters, one after the other. */
export class DisasterDeal {
  #next = 0;

  constructor(readonly disasters: readonly Disaster[] = DISASTERS) {}

  next(): Disaster {
    const disaster = this.disasters[this.#next++ % this.disasters.length];
    if (disaster === undefined) throw new Error('there are no disasters');
    return disaster;
  }
}

/** Every fault. */
export const pickAll =
  (deal: DisasterDeal): Pick =>
  (_, faults) =>
    faults.map((fault): Crash => ({ fault, disaster: deal.next() }));

export interface Wanted {
  /** So many of the faults that are possible, at most. */
  readonly most: number;
  /** Only those that have struck less often than this. */
  readonly times: number;
}

/**
 * Those faults that have struck at that depth least often.
 * @param wanted by the recoveries that may still die
 */
export const pickRarest =
  (deal: DisasterDeal, coverage: Coverage, wanted: Readonly<Record<number, Wanted>>): Pick =>
  (depth, faults) => {
    const { most, times } = wanted[depth] ?? { most: 0, times: 0 };
    const count = (fault: string): number => coverage.times(depth, fault);
    const rare = faults.filter((fault) => count(fault) < times).sort((a, b) => count(a) - count(b));
    const picked = rare.slice(0, most);
    for (const fault of picked) coverage.note(depth, fault);
    return picked.map((fault) => ({ fault, disaster: deal.next() }));
  };
