/** One fault: the command meets it, and then everything that is promised of a command that fails is held against it. */
import type { Fault } from './fault-table.js';
import type { Call, FaultPlan, Outcome, SyncCall } from './fault-driver.js';
import type { FaultWorld } from './fault-world.js';
import type { Scenario } from './scenarios.js';

const CLEAN = 0;
const CORRECTED = 1;
const UNCORRECTED = 4;
const ERROR = 8;

/** What a fault came to. */
export interface CycleReport {
  /** False: the run had fewer calls than the one that was recorded. */
  readonly fired: boolean;
  readonly call?: Pick<Call, 'symbol' | 'site'>;
  readonly exitCode: number;
  /** Broken promises; none is what we want. */
  readonly broken: readonly string[];
  /** Descriptors that the command left open; its process would have ended. */
  readonly left: readonly string[];
}

/** These errors mean "in use", not "broken", or are named otherwise. */
const SAID_OTHERWISE = ['EAGAIN', 'ETXTBSY', 'EINTR', 'unseen', 'short', 'end of file', 'nothing written', 'ENODATA'];

/** What is said in words, and needs no number. */
const NAMED_AS: Readonly<Record<string, readonly string[]>> = { EPERM: ['needs the capability CAP_SYS_ADMIN'] };

function summaryOf(outcome: Outcome): Readonly<Record<string, unknown>> {
  return outcome.records.find(({ type }) => type === 'summary') ?? {};
}

/** One line a finding that is more than information. */
function findingsOf({ records }: Outcome): string[] {
  const serious = records.filter(({ type, severity }) => type === 'finding' && severity !== 'info');
  return serious.map((finding) => [finding.class, finding.state, finding.ino].map(String).join(' ')).sort();
}

const all = ({ stdout, stderr }: Outcome): string => `${stdout}${stderr}`.trim();
const said = (outcome: Outcome): string => all(outcome).slice(-1500);

/** syncfs(2) tells each opening of what went wrong since: another one is about what was written after the failure. */
const isSame = (a: SyncCall, b: SyncCall): boolean =>
  a.sync === b.sync && a.file === b.file && (a.sync !== 'syncfs' || a.opening === b.opening);

/** A file or filesystem whose sync failed, and that was synced once more as if that could mend it. */
export function repeatedSyncs(syncs: readonly SyncCall[]): string[] {
  return syncs.flatMap((failed, index) => {
    const { ok, file, sync } = failed;
    const again = ok ? undefined : syncs.slice(index + 1).find((later) => isSame(failed, later));
    return again === undefined ? [] : [`${sync} of ${file} failed, and was repeated`];
  });
}

/** What holds of every command that met a fault: it says so, and repeats no sync. */
export function promisesOfAnyCommand(outcome: Outcome, fault: Fault): string[] {
  const { exitCode } = outcome;
  const text = said(outcome);
  const broken = repeatedSyncs(outcome.syncs);
  if (all(outcome).includes('internal error')) broken.push(`it calls the fault a bug of its own: ${text}`);
  if ((exitCode & ~(CORRECTED | UNCORRECTED | ERROR)) !== 0) broken.push(`exit status ${exitCode}: ${text}`);
  const names = [fault.code, ...(NAMED_AS[fault.code] ?? [])];
  const isNamed = names.some((name) => all(outcome).includes(name)) || SAID_OTHERWISE.includes(fault.code);
  if ((exitCode & ERROR) !== 0 && !isNamed) broken.push(`the message does not name ${fault.code}: ${text}`);
  return broken;
}

/** Something was left undone, and the exit status says so. */
export const hasFailed = ({ exitCode }: Outcome): boolean => (exitCode & (UNCORRECTED | ERROR)) !== 0;

class Cycle {
  readonly broken: string[] = [];

  constructor(
    readonly world: FaultWorld,
    readonly scenario: Scenario,
  ) {}

  expect(condition: boolean, promise: () => string): void {
    if (!condition) this.broken.push(promise());
  }

  #whole(when: string): void {
    const damaged = this.world.damaged();
    this.expect(damaged.length === 0, () => `${when}: ${damaged.join(', ')} damaged (${this.world.states()})`);
  }

  async #recover(statuses: readonly number[], when: string): Promise<void> {
    const outcome = await this.world.driver.run(this.world.recovery());
    const { lost } = summaryOf(outcome);
    const isFine = lost === 0 && statuses.includes(outcome.exitCode & ~this.#staleBit(outcome));
    this.expect(isFine, () => `${when}: recover ended with ${outcome.exitCode}: ${said(outcome)}`);
  }

  /** What a file that changed since it was archived adds to the status, where the scenario has such files. */
  #staleBit({ records }: Outcome): number {
    const left = records.filter(
      ({ type, result, severity }) => type === 'action' && result === 'left' && severity !== 'info',
    );
    const areStale = left.length > 0 && left.every((record) => record.class === 'stale-copy');
    return this.scenario.hasChangedFiles === true && areStale ? UNCORRECTED : 0;
  }

  /** Recovery converges, and a second one finds nothing: it audits, too. */
  async settle(): Promise<void> {
    await this.#recover([CLEAN, CORRECTED], 'afterwards');
    this.#whole('after recovery');
    await this.#recover([CLEAN], 'a second time');
  }

  async again(): Promise<void> {
    const outcome = await this.world.driver.run(this.scenario.command(this.world));
    const isDone = outcome.exitCode === CLEAN;
    this.expect(isDone, () => `again, it ended with ${outcome.exitCode}: ${said(outcome)}`);
  }

  async afterChange(outcome: Outcome): Promise<void> {
    const { scenario, world } = this;
    this.#whole('right after');
    const isThere = (): boolean => scenario.goal === undefined || world.reached(scenario.command(world), scenario.goal);
    if (!hasFailed(outcome)) {
      this.expect(isThere(), () => `exit status ${outcome.exitCode}, and the files are ${world.states()}`);
      await this.#recover([CLEAN], 'after what was called a success');
    }
    await this.#recover([CLEAN, CORRECTED], 'afterwards');
    this.#whole('after recovery');
    await this.again();
    this.expect(isThere(), () => `again, and the files are ${world.states()}`);
    await this.#recover([CLEAN], 'a second time');
    this.#whole('in the end');
  }

  async afterRecovery(outcome: Outcome): Promise<void> {
    this.#whole('right after');
    if (!hasFailed(outcome)) await this.#recover([CLEAN], 'after what was called a success');
    await this.settle();
  }

  /** Nothing is found that is not there, nothing that is there goes unsaid without an error, and nothing is written. */
  async afterLook(outcome: Outcome, baseline: Outcome, fingerprint: string): Promise<void> {
    const known = findingsOf(baseline);
    const found = findingsOf(outcome);
    const strange = found.filter((finding) => !known.includes(finding) && !MAY_BE_FOUND.test(finding));
    this.expect(strange.length === 0, () => `found without cause: ${strange.join(', ')}`);
    const unsaid = known.filter((finding) => !found.includes(finding));
    const isSilent = (outcome.exitCode & ERROR) === 0 && unsaid.length > 0;
    this.expect(!isSilent, () => `exit status ${outcome.exitCode} without saying ${unsaid.join(', ')}`);
    const isSame = outcome.exitCode !== CLEAN || summaryOf(outcome).inodes === summaryOf(baseline).inodes;
    this.expect(isSame, () => `clean, with ${String(summaryOf(outcome).inodes)} inodes`);
    this.expect(this.world.fingerprint() === fingerprint, () => 'it changed something');
    await this.scenario.prepare(this.world);
    const again = await this.world.driver.run(this.scenario.command(this.world));
    const isEqual = again.exitCode === baseline.exitCode && findingsOf(again).join() === known.join();
    this.expect(isEqual, () => `again, it ended with ${again.exitCode}: ${said(again)}`);
  }

  async afterPurge(): Promise<void> {
    this.#whole('right after');
    await this.again();
    await this.#recover([CLEAN], 'afterwards');
  }

  async afterRegistration(): Promise<void> {
    await this.again();
    await this.world.bring('dual');
    await this.#recover([CLEAN], 'afterwards');
    await this.world.bring('resident');
    this.#whole('in the end');
  }
}

/** An error in reading may be told as a finding about what could not be read. */
const MAY_BE_FOUND = /^(inode-unreadable|archive-digest-mismatch) /;

/** Runs the command with one call failing, and everything that follows. Throws what makes the world useless. */
export async function runCycle(
  world: FaultWorld,
  scenario: Scenario,
  plan: FaultPlan,
  baseline: Outcome,
): Promise<CycleReport> {
  await scenario.prepare(world);
  const cycle = new Cycle(world, scenario);
  const fingerprint = scenario.kind === 'looks' ? world.fingerprint() : '';
  const outcome = await world.driver.run(scenario.command(world), plan);
  const { exitCode, left, fired } = outcome;
  if (left.length > 0) await world.driver.stop();
  cycle.broken.push(...(fired ? promisesOfAnyCommand(outcome, plan.fault) : []));
  await followUp(cycle, outcome, { baseline, fingerprint });
  return { fired: fired !== undefined, ...(fired && { call: fired }), exitCode, broken: cycle.broken, left };
}

/** What was broken after a command that changes or recovers ran short of something, which is there again by now. */
export async function brokenAfter(world: FaultWorld, scenario: Scenario, outcome: Outcome): Promise<string[]> {
  const cycle = new Cycle(world, scenario);
  await followUp(cycle, outcome, { baseline: outcome, fingerprint: '' });
  return cycle.broken;
}

async function followUp(
  cycle: Cycle,
  outcome: Outcome,
  { baseline, fingerprint }: { readonly baseline: Outcome; readonly fingerprint: string },
): Promise<void> {
  switch (cycle.scenario.kind) {
    case 'changes':
      await cycle.afterChange(outcome);
      break;
    case 'recovers':
      await cycle.afterRecovery(outcome);
      break;
    case 'looks':
      await cycle.afterLook(outcome, baseline, fingerprint);
      break;
    case 'purges':
      await cycle.afterPurge();
      break;
    case 'registers':
      await cycle.afterRegistration();
  }
}
