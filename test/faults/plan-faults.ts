/** Which calls of a command are to fail, and how. */
import { faultsFor, type Fault } from './fault-table.js';
import type { Call } from './fault-driver.js';

export interface PlannedFault {
  /** Which call of its kind, from 1. */
  readonly n: number;
  readonly symbol: string;
  readonly site: string;
  readonly fault: Fault;
}

/** Calls of a kind are counted by themselves: object ids are random, and with them the number of folders to be made. */
interface NumberedCall extends Call {
  readonly n: number;
}

function numbered(calls: readonly Call[]): NumberedCall[] {
  return [...groupBy(calls, ({ symbol }) => symbol).values()].flatMap((group) =>
    group.map((call, index) => ({ ...call, n: index + 1 })),
  );
}

const siteKey = ({ symbol, site }: Call): string => `${symbol} @ ${site}`;
const faultKey = (fault: Fault): string => `${fault.mode} ${fault.code} ${fault.sticky === true ? 'for ever' : 'once'}`;

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** What was planned already, over all commands. */
export class FaultPlanner {
  readonly #planned = new Set<string>();
  readonly #usesOfSymbol = new Map<string, number>();
  readonly sites = new Set<string>();

  #plan(call: NumberedCall, fault: Fault): PlannedFault {
    this.sites.add(siteKey(call));
    this.#planned.add(`${siteKey(call)} ${faultKey(fault)}`);
    return { n: call.n, symbol: call.symbol, site: call.site, fault };
  }

  /**
   * Every call once, with the errors of its kind in turn, and every error of the table at each place in the code from
   * which such a call is made. Places that an earlier command has been to get one more of each.
   */
  full(recorded: readonly Call[]): PlannedFault[] {
    const plans: PlannedFault[] = [];
    for (const [site, group] of groupBy(numbered(recorded), siteKey)) {
      // Where another command has been, a look is enough.
      const due = this.sites.has(site) ? group.slice(0, 1) : group;
      plans.push(...due.map((call) => this.#plan(call, this.#nextFault(call))));
      const [call] = group.slice(-1);
      if (call === undefined) continue;
      for (const fault of faultsFor(call.symbol)) {
        if (!this.#planned.has(`${siteKey(call)} ${faultKey(fault)}`)) plans.push(this.#plan(call, fault));
      }
    }
    return plans;
  }

  /** At most so many: of each kind the first, the middle and the last call, with the errors of its kind in turn. */
  sample(recorded: readonly Call[], most: number): PlannedFault[] {
    const picked = [...groupBy(numbered(recorded), ({ symbol }) => symbol).values()].flatMap((group) => {
      const places = [0, Math.floor(group.length / 2), group.length - 1];
      return [...new Set(places)].flatMap((place) => group[place] ?? []);
    });
    // Kinds that few faults have met so far come first; the rest waits for another command.
    const uses = (call: Call): number => this.#usesOfSymbol.get(call.symbol) ?? 0;
    const due = picked.toSorted((a, b) => uses(a) - uses(b)).slice(0, most);
    return due.map((call) => this.#plan(call, this.#nextFault(call)));
  }

  /** The faults of a kind in turn, over all commands. */
  #nextFault({ symbol }: Call): Fault {
    const turn = this.#usesOfSymbol.get(symbol) ?? 0;
    this.#usesOfSymbol.set(symbol, turn + 1);
    const faults = faultsFor(symbol);
    const fault = faults[turn % faults.length];
    if (fault === undefined) throw new Error(`no fault for ${symbol}`);
    return fault;
  }
}
