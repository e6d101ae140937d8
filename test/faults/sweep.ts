/** Sweeps scenarios: records their calls, then lets them fail one by one, and keeps what was broken. */
import type { CycleReport } from './fault-cycle.js';
import { runCycle } from './fault-cycle.js';
import type { Outcome } from './fault-driver.js';
import { FaultWorld } from './fault-world.js';
import { FaultPlanner, type PlannedFault } from './plan-faults.js';
import type { Scenario } from './scenarios.js';

/** The trash and the catalog's history grow with every cycle; a new world costs less than carrying them along. */
const CYCLES_A_WORLD = 60;

export interface Breach {
  readonly scenario: string;
  readonly plan: PlannedFault;
  readonly exitCode: number;
  readonly broken: readonly string[];
}

export interface SweepTotals {
  calls: number;
  injected: number;
  notReached: number;
  sites: Set<string>;
  /** Of the faults that came up: how often each exit status did. */
  statuses: Map<number, number>;
  leftOpen: Map<string, number>;
  breaches: Breach[];
}

export const noTotals = (): SweepTotals => ({
  calls: 0,
  injected: 0,
  notReached: 0,
  sites: new Set(),
  statuses: new Map(),
  leftOpen: new Map(),
  breaches: [],
});

const count = <T>(map: Map<T, number>, key: T): void => void map.set(key, (map.get(key) ?? 0) + 1);

export class Sweep {
  readonly totals = noTotals();
  readonly #planner = new FaultPlanner();
  readonly #onBreach: (breach: Breach) => void;
  #world: FaultWorld | undefined;
  #cycles = 0;

  constructor(onBreach: (breach: Breach) => void = () => undefined) {
    this.#onBreach = onBreach;
  }

  /** @param most how many faults to inject; all that there are unless given */
  async run(scenario: Scenario, most?: number): Promise<void> {
    const { baseline } = await this.#record(scenario);
    const { calls } = baseline;
    this.totals.calls += calls.length;
    const plans = most === undefined ? this.#planner.full(calls) : this.#planner.sample(calls, most);
    for (const plan of plans) await this.#inject(scenario, plan, baseline);
  }

  async close(): Promise<void> {
    await this.#world?.destroy();
    this.#world = undefined;
  }

  /** A run in which nothing fails. */
  async #record(scenario: Scenario): Promise<{ readonly baseline: Outcome }> {
    const world = await this.#worldForCycle();
    await scenario.prepare(world);
    const baseline = await world.driver.run(scenario.command(world), 'record');
    if (scenario.kind !== 'looks') await world.done(world.recovery(), [0, 1]);
    return { baseline };
  }

  async #worldForCycle(): Promise<FaultWorld> {
    if (this.#cycles >= CYCLES_A_WORLD) await this.close();
    if (this.#world === undefined) this.#cycles = 0;
    this.#cycles += 1;
    this.#world ??= await FaultWorld.create();
    return this.#world;
  }

  async #inject(scenario: Scenario, plan: PlannedFault, baseline: Outcome): Promise<void> {
    const { totals } = this;
    let report: CycleReport;
    try {
      const world = await this.#worldForCycle();
      report = await runCycle(world, scenario, plan, baseline);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      report = { fired: true, exitCode: -1, broken: [`the cycle could not go on: ${text}`], left: [] };
    }
    if (!report.fired) totals.notReached += 1;
    else {
      totals.injected += 1;
      totals.sites.add(`${report.call?.symbol ?? plan.symbol} ${report.call?.site ?? plan.site}`);
      count(totals.statuses, report.exitCode);
    }
    for (const file of report.left) count(totals.leftOpen, `${plan.symbol} ${plan.site}: ${file.replace(/^\d+ /, '')}`);
    if (report.broken.length === 0) return;
    const breach = { scenario: scenario.name, plan, exitCode: report.exitCode, broken: report.broken };
    totals.breaches.push(breach);
    this.#onBreach(breach);
    // What is broken now must not be held against the next fault.
    await this.close();
  }
}
