import { HsmckError, InvariantError } from '../../src/errors.js';
import {
  checkClone,
  checkContent,
  checkMetadata,
  checkPunch,
  checkWhole,
  stateDigest,
  isManaged,
  stateNow,
  Violation,
} from './checks.js';
import { countedOn, recordsDigest } from './catalog-view.js';
import { Happenings } from './happenings.js';
import { visibleObjects } from './archive-view.js';
import { Machine } from './kernel/machine.js';
import { Random } from './kernel/random.js';
import { ProcessDied, setWorld, type World } from './kernel/world.js';
import { resetCatalog } from './ports/open-catalog.js';
import { look, migrate, nothingSaid, purge, recover, register, type Said } from './program.js';
import type { CrashKind, Event, Item, Schedule } from './schedule.js';
import { Users } from './users.js';

const ROUNDS_MAX = 8;
const DAY_SECONDS = 24 * 60 * 60;

/** Counts of what happened, so that a run that tested nothing shows. */
export interface Tally {
  readonly counts: Map<string, number>;
}

type Say = (text: string) => void;

/** One run of a schedule. */
class Run {
  readonly #machine: Machine;
  readonly #users: Users;
  readonly #world: World;
  #happenings: Happenings | undefined;
  /** Something in the product broke while a check was made from within a call. */
  #violation: Violation | undefined;
  #disturbed = false;

  constructor(
    readonly schedule: Schedule,
    readonly tally: Tally,
    readonly say: Say,
  ) {
    this.#machine = new Machine(schedule.archiveJournal);
    this.#users = new Users(this.#machine);
    this.#machine.onDataSynced = (inode) => this.#users.onSynced(inode);
    this.#machine.onDirtyLost = (inode) => this.#users.onDirtyLost(inode, isManaged(inode));
    const random = new Random(1);
    this.#world = {
      machine: this.#machine,
      nextWord: () => random.next(),
      onCall: (call) => this.#happenings?.onCall(call),
      onDestroy: (how, fd, sourceFd) => this.#beforeDestruction(how, fd, sourceFd),
      isDead: false,
    };
  }

  #count(what: string): void {
    const { counts } = this.tally;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }

  #beforeDestruction(how: 'punch' | 'clone', fd: number, sourceFd = -1): void {
    const { files } = this.#machine;
    const { inode } = files.get(fd, how);
    try {
      if (how === 'punch') checkPunch(this.#machine, inode, inode.sizeBytes);
      else checkClone(files.get(sourceFd, how).inode, inode);
    } catch (error) {
      if (error instanceof Violation) this.#violation ??= error;
      throw error;
    }
  }

  /** Runs a command of the product with what happens meanwhile; false if it died. */
  async #command(
    events: readonly Event[],
    work: (said: Said, signal: AbortSignal) => Promise<void>,
  ): Promise<Said | undefined> {
    const happenings = new Happenings(events, this.#machine, this.#users, this.say);
    this.#happenings = happenings;
    const said = nothingSaid();
    const before = new Set(visibleObjects(this.#machine.archive).keys());
    try {
      await work(said, happenings.controller.signal);
    } catch (error) {
      if (this.#violation !== undefined) throw this.#violation;
      if (error instanceof InvariantError) throw new Violation(error.message);
      if (!(error instanceof ProcessDied) && !(error instanceof HsmckError)) throw error;
      if (error instanceof HsmckError) this.#disturbed = true;
      this.say(`    ended: ${error.message}`);
    } finally {
      this.#happenings = undefined;
    }
    if (happenings.faults > 0) this.#disturbed = true;
    for (const { path, result, why } of said.results) {
      this.#count(`file ${result}`);
      this.say(`    ${result} ${path.toString()}: ${why ?? ''}`);
    }
    for (const { action, class: found, result, why, id } of said.actions) {
      if (result === 'done') this.#count(`settlement ${action}`);
      this.say(`    ${result} ${found} -> ${action} inode ${id?.ino ?? '-'}: ${why}`);
    }
    this.#assertNothingDeleted(before, said);
    if (this.#violation !== undefined) throw this.#violation;
    if (happenings.crash !== undefined) {
      this.#crash(happenings.crash.how, happenings.crash.seed);
      return undefined;
    }
    return said;
  }

  #assertNothingDeleted(before: ReadonlySet<string>, said: Said): void {
    const now = visibleObjects(this.#machine.archive);
    for (const objectId of before) {
      if (now.has(objectId) || this.#mayPurge) continue;
      throw new Violation(`object ${objectId} was deleted, and not by purge (${said.purged.length} purged)`);
    }
    for (const objectId of countedOn()) {
      if (!now.has(objectId) && !this.#mayPurge)
        throw new Violation(`object ${objectId} is recorded as complete and is not in the store`);
    }
  }

  #mayPurge = false;

  #crash(how: CrashKind, seed: number): void {
    this.#count(`crash ${how}`);
    if (how === 'kill') {
      this.#world.isDead = false;
      this.#machine.killProgram();
    } else {
      this.#machine.powerCut(new Random(seed), how === 'power-with-archive');
      this.#world.isDead = false;
      this.#users.afterPowerCut(isManaged);
    }
    this.#check();
  }

  #check(): void {
    checkContent(this.#machine, this.#users);
    checkMetadata(this.#users);
  }

  #names(files: readonly number[]): string[] {
    return files.flatMap((index) => this.#users.current[index]?.names[0] ?? []);
  }

  async #item(item: Item): Promise<void> {
    this.say(`  ${JSON.stringify('events' in item ? { ...item, events: item.events.length } : item)}`);
    switch (item.kind) {
      case 'user':
        this.#users.act(item.action);
        break;
      case 'operation':
        await this.#command(item.events, (said, signal) =>
          migrate(item.operation, this.#names(item.files), said, signal),
        );
        break;
      case 'recover':
        await this.#command(item.events, (said, signal) => recover(item.prefer, said, signal));
        break;
      case 'look':
        await this.#look(item);
        break;
      case 'purge':
        this.#mayPurge = true;
        await this.#command(item.events, (said, signal) => purge(item.days, said, signal));
        this.#mayPurge = false;
        break;
      case 'wait':
        this.#machine.clock.advanceSeconds(item.days * DAY_SECONDS);
        break;
      case 'crash':
        this.#crash(item.how, item.seed);
        break;
    }
    this.#check();
  }

  async #look(item: Item & { readonly kind: 'look' }): Promise<void> {
    const before = stateDigest(this.#machine) + recordsDigest();
    await this.#command(item.events, (said, signal) => look(item.what, said, signal));
    if (stateDigest(this.#machine) + recordsDigest() !== before)
      throw new Violation(`${item.what} has changed something`);
  }

  /** Recovers until there is nothing left to do, and once more. */
  async #recoverUntilQuiet(): Promise<Said> {
    let hasLearnt = false;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const before = stateDigest(this.#machine) + recordsDigest();
      this.say('  final recovery');
      const said = await this.#command([], (heard, signal) => recover('auto', heard, signal));
      if (said === undefined) throw new Violation('a recovery died by itself');
      this.#check();
      if (said.actions.some(({ result }) => result === 'done')) continue;
      if (stateDigest(this.#machine) + recordsDigest() === before) return said;
      // That a copy, which could not be read the last time, reads well is remembered; once.
      if (hasLearnt) throw new Violation('a recovery that settled nothing has changed something');
      hasLearnt = true;
    }
    throw new Violation(`after ${ROUNDS_MAX} recoveries there is still something to be settled`);
  }

  async #end(): Promise<void> {
    const { all } = this.#users;
    for (const file of all) this.#users.closeHeld(file);
    this.#disturbed = false;
    const left = await this.#recoverUntilQuiet();
    if (this.#disturbed) throw new Violation('a recovery without faults failed');
    for (const { result, why, class: found } of left.actions) {
      if (result === 'failed') throw new Violation(`a recovery without faults failed: ${found}: ${why}`);
      if (found === 'data-lost') throw new Violation(`data is called lost: ${why}`);
    }
    checkWhole(this.#users, () => false);
    await this.#audit();
    const names = this.#names([...this.#users.current.keys()]);
    this.say('  final recall');
    await this.#command([], (said, signal) => migrate('recall', names, said, signal));
    this.#check();
    checkWhole(this.#users, () => false);
    for (const file of all) {
      const state = stateNow(this.#users, file);
      const isThere = state === undefined || state === 'resident' || state === 'dual';
      if (!isThere && !file.touched) throw new Violation(`inode ${file.ino} stays ${state}, though nobody touched it`);
    }
    this.#mayPurge = true;
    await this.#command([], (said, signal) => purge(0, said, signal));
    this.#check();
  }

  /** Nobody but the program did anything: then nothing may differ. */
  async #audit(): Promise<void> {
    const said = await this.#command([], (heard, signal) => look('deep', heard, signal));
    const untouched = (ino: bigint | undefined): boolean =>
      !this.#users.all.some((file) => file.touched && (ino === undefined || file.ino === ino));
    for (const { class: found, severity, ino, why } of said?.findings ?? []) {
      this.say(`    ${severity} ${found} inode ${ino ?? '-'}: ${why}`);
      if (severity !== 'info' && untouched(ino))
        throw new Violation(`audit after recovery: ${found} inode ${ino ?? '-'}: ${why}`);
    }
  }

  async run(): Promise<void> {
    setWorld(this.#world);
    Date.now = () => this.#machine.clock.nowMs;
    resetCatalog();
    await register();
    this.#machine.archive.syncAll();
    for (const [index, spec] of this.schedule.files.entries()) this.#users.make(index, spec);
    for (const item of this.schedule.items) await this.#item(item);
    await this.#end();
  }
}

/**
 * Runs a schedule.
 * @throws Violation where a promise is broken; any other Error is a defect of the product or of the model
 */
export function runSchedule(schedule: Schedule, tally: Tally, say: Say): Promise<void> {
  return new Run(schedule, tally, say).run();
}
