/**
 * Many users, each with an action and a file of his own, all at one moment of a migration. Whatever comes of the
 * migration, what the users did is there, and so is what they did not touch: on disk, or in the archive while the
 * attribute says so.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { FileResult } from '../../src/migrate/file-result.js';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type { StepName } from '../../src/migrate/step-names.js';
import type { Finding } from '../../src/reconcile/finding.js';
import type { Hsm } from '../support/hsm.js';
import { ACTION_NAMES, actionOf } from './actions.js';
import { AWAY, lookOnDisk, Player } from './player.js';

/** Five blocks and a bit. No zeros: a zero in such a file is a byte that is not there. */
const CONTENT_BYTES = 5 * 4096 + 100;
const newContent = (): Buffer => Buffer.from(randomBytes(CONTENT_BYTES).map((byte) => byte || 1));

/** What a file is before the operation; `archived anew` has an older copy, which archiving replaces. */
export type Start = ForwardOperation | 'archive anew';

/** Zeros where the bytes are to be found in a copy: in that of the file as it is now, or, but for what the user wrote, as it was. */
function isAway(now: Buffer, expected: Buffer, original: Buffer, copies: readonly Buffer[]): boolean {
  if (now.length !== expected.length) return false;
  const zeroOr = (byte: number, at: number): boolean => byte === 0 || byte === expected[at];
  if (now.every(zeroOr) && copies.some((copy) => copy.equals(expected))) return true;
  const isUntouched = (at: number): boolean => expected[at] === original[at];
  const isKept = now.every((byte, at) => byte === expected[at] || (byte === 0 && isUntouched(at)));
  return isKept && copies.some((copy) => copy.equals(original));
}

export class Play {
  readonly players: readonly Player[];
  readonly #folder: string;
  #start: Start = 'archive';

  constructor(
    readonly hsm: Hsm,
    program: string,
    statusFolder: string,
    name: string,
  ) {
    this.#folder = name;
    fs.mkdirSync(hsm.at(name));
    this.players = ACTION_NAMES.map((action) => {
      const file = hsm.at(`${name}/${action}`).toString();
      return new Player(program, action, file, statusFolder, Buffer.alloc(0));
    });
  }

  get names(): string[] {
    return this.players.map(({ action }) => `${this.#folder}/${action}`);
  }

  #write(): void {
    for (const player of this.players) {
      player.original = newContent();
      const fd = fs.openSync(player.file, 'w');
      fs.writeSync(fd, player.original);
      fs.fsyncSync(fd);
      fs.closeSync(fd);
    }
  }

  async #all(operation: ForwardOperation, done: string): Promise<void> {
    expect(new Set(await this.hsm.outcomes(operation, this.names))).toEqual(new Set([done]));
  }

  /** Makes the files as the operation wants them. */
  async prepare(start: Start): Promise<void> {
    this.#start = start;
    this.#write();
    if (start === 'archive') return;
    await this.#all('archive', 'archived');
    if (start === 'archive anew') this.#write();
    if (start === 'recall') await this.#all('release', 'released');
  }

  /** To be called at every step: at the n-th pass the n-th user acts, and at a step of the whole batch all of them. */
  actAt(step: StepName, isOfBatch: boolean): (passed: StepName) => void {
    let passes = 0;
    return (passed) => {
      if (passed !== step) return;
      // A batch whose files give way passes the step once more.
      if (!isOfBatch) this.players[passes]?.act();
      else if (passes === 0) this.actAll();
      passes += 1;
    };
  }

  actAll(): void {
    for (const player of this.players) player.act();
  }

  /** What became of each user's file. */
  outcomes(results: readonly FileResult[]): Record<string, string> {
    const named = results.map(({ path: file, result }) => [path.basename(file.toString()), result] as const);
    return Object.fromEntries(named);
  }

  async end(): Promise<void> {
    for (const player of this.players) expect(`${player.action} ${await player.ended()}`).toBe(`${player.action} 0`);
  }

  /** Nothing is lost, at this moment. */
  assertKept(when: string, wasRecalled = false): void {
    const copies = this.hsm.objects().map((object) => fs.readFileSync(object));
    for (const { action, original, expected, hasActed } of this.players) {
      const found = lookOnDisk(expected.file);
      const about = `${action}, ${when}`;
      expect(found === undefined, `${about}: is gone`).toBe(expected.content === undefined);
      if (found === undefined || expected.content === undefined || found.content.equals(expected.content)) continue;
      if (wasRecalled && hasActed && actionOf(action).makesHole && found.content.equals(original)) continue;
      expect(AWAY, `${about}: has other bytes, and is ${found.state}`).toContain(found.state);
      expect(isAway(found.content, expected.content, original, copies), `${about}: bytes are lost`).toBe(true);
    }
  }

  /** What an audit finds that no user's action explains. */
  async unexplained(): Promise<string[]> {
    const isOurs = ({ path: file, severity }: Finding): boolean =>
      severity !== 'info' && (file?.includes(`/${this.#folder}/`) ?? true);
    return (await this.hsm.findings()).filter(isOurs).flatMap((finding) => {
      const name = path.basename(finding.path?.toString() ?? '');
      const player = this.players.find(({ action }) => action === name.replace(/\..*/, ''));
      const explains = player?.hasActed ? actionOf(player.action).explains : [];
      // Where the users got in the way of the new copy, the older one is all there is.
      const wasStale = this.#start === 'archive anew' && finding.class === 'stale-copy';
      return wasStale || explains.includes(finding.class) ? [] : [`${name}: ${finding.class}: ${finding.why}`];
    });
  }

  /** Recovery, twice, and a full round of migrations: nothing is lost in any of it. */
  async settle(): Promise<void> {
    await this.hsm.recover();
    this.assertKept('recovered');
    const again = await this.hsm.recover();
    expect(again.actions.filter(({ result }) => result === 'done' || result === 'failed')).toEqual([]);
    expect(await this.unexplained()).toEqual([]);
    const names = this.players.flatMap(({ expected }) =>
      expected.content === undefined ? [] : [path.relative(this.hsm.mountPath.toString(), expected.file)],
    );
    for (const operation of ['recall', 'archive', 'release', 'recall', 'remove'] as const) {
      const outcomes = await this.hsm.outcomes(operation, names);
      expect(outcomes.filter((outcome) => outcome === 'failed' || outcome === 'busy')).toEqual([]);
      this.assertKept(`after ${operation}`, true);
    }
  }

  /** Takes the files away, and what is on record of them. */
  async clear(): Promise<void> {
    fs.rmSync(this.hsm.at(this.#folder), { recursive: true });
    await this.hsm.recover();
  }
}
