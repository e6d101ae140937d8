/** One case's folder on the world's filesystem: everything that a case uses to make its damage. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { cutPower } from '../../src/cli/demo/power-cut.js';
import { OFFSET } from '../../src/dm/attribute-layout.js';
import type { StepName } from '../../src/migrate/step-names.js';
import type { Side } from '../../src/recover/decide-resolve.js';
import { damageAttribute, dropDmAttribute, readDmAttribute, writeDmAttribute } from '../cli/attribute-damage.js';
import type { CliWorld } from '../cli/cli-world.js';
import { editCatalog } from '../cli/world-state.js';
import type { FileSpec, NamedCase } from './damage-case.js';

export const BLOCK = 4096;
const BYTES = 12 * BLOCK + 100;
const KILLED = 137;

export const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** Bytes without a zero among them, different for each seed. */
export function noise(seed: string, sizeBytes = BYTES): Buffer {
  const content = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 32) createHash('sha256').update(`${seed} ${at}`).digest().copy(content, at);
  for (let at = 0; at < sizeBytes; at++) if (content[at] === 0) content[at] = 1;
  return content;
}

/** Where a store keeps an object, below objects/ or trash/. */
export function objectPath(objectId: string): string {
  const digits = objectId.replaceAll('-', '');
  return path.join(digits.slice(4, 6), digits.slice(6, 8), objectId);
}

export function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Flips one bit in the midst of a file; its mtime stays. */
export function flipBit(file: string): void {
  const { mtimeNs } = fs.lstatSync(file, { bigint: true });
  const fd = fs.openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  fs.readSync(fd, byte, 0, 1, 100);
  fs.writeSync(fd, Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, 100);
  fs.fsyncSync(fd);
  fs.closeSync(fd);
  setMtime(file, mtimeNs);
}

function setMtime(file: string, mtimeNs: bigint): void {
  const [seconds, rest] = [mtimeNs / 1_000_000_000n, String(mtimeNs % 1_000_000_000n).padStart(9, '0')];
  execFileSync('touch', ['--no-create', '--time=mtime', `--date=@${seconds}.${rest}`, file]);
}

export class Scene {
  /** SHA-256 of a version -> its name. */
  readonly versions = new Map<string, string>();
  /** Files under a lease of a process that is stopped: who opens one would wait for it. */
  readonly leased = new Set<string>();
  readonly #objects = new Map<string, string>();
  readonly #last: (() => void)[] = [];
  readonly #later: (() => void | Promise<void>)[] = [];

  constructor(
    readonly world: CliWorld,
    readonly spec: NamedCase,
  ) {
    fs.mkdirSync(this.at(''), { recursive: true });
  }

  at(label: string): string {
    return path.join(this.world.mountPoint, this.spec.name, label);
  }

  specOf(label: string): FileSpec {
    const spec = this.spec.files[label] ?? 'resident';
    return typeof spec === 'string' ? { state: spec } : spec;
  }

  labels(...states: readonly FileSpec['state'][]): string[] {
    return Object.keys(this.spec.files).filter((label) => states.includes(this.specOf(label).state));
  }

  /** The content that a file has before the damage. */
  original(label: string): Buffer {
    return this.specOf(label).content ?? noise(`${this.spec.name} ${label}`);
  }

  /** Writes the files. */
  arrange(): void {
    for (const label of Object.keys(this.spec.files)) this.write(label, this.original(label), label);
    this.spec.arrange?.(this);
    for (const label of Object.keys(this.spec.files)) this.know(label, label);
  }

  /** Remembers which object is whose copy, for attributes do not outlive the damage. */
  noteObjects(): void {
    for (const label of this.labels('dual', 'offline')) this.noteObject(label);
  }

  noteObject(label: string): void {
    this.#objects.set(label, uuidText(this.objectBytes(this.attribute(label))));
  }

  objectBytes(attribute: Buffer): Buffer {
    return attribute.subarray(OFFSET.objectId, OFFSET.objectId + 16);
  }

  get attributeName(): string {
    return this.spec.world === 'user' ? 'user.hsmck' : 'trusted.hsmck';
  }

  /** Replaces a file's content in place; `version` is what expect.json calls it. */
  write(label: string, content: Buffer, version: string): void {
    fs.writeFileSync(this.at(label), content);
    this.versions.set(sha256(content), version);
  }

  /** Overwrites a part in place. */
  patch(label: string, offsetBytes: number, content: Buffer): void {
    const fd = fs.openSync(this.at(label), 'r+');
    fs.writeSync(fd, content, 0, content.length, offsetBytes);
    fs.closeSync(fd);
  }

  /** The content as it is now is a version of its own. */
  know(label: string, version: string): void {
    this.versions.set(sha256(fs.readFileSync(this.at(label))), version);
  }

  ino(label: string): bigint {
    return fs.lstatSync(this.at(label), { bigint: true }).ino;
  }

  objectId(label: string): string {
    const objectId = this.#objects.get(label);
    if (objectId === undefined) throw new Error(`${label} was not archived`);
    return objectId;
  }

  /** The store's file of the copy of a file. */
  object(label: string): string {
    return path.join(this.world.archiveDir, 'objects', objectPath(this.objectId(label)));
  }

  /** Moves data and sidecar of a copy to the trash, as hsmck does but for the record. */
  trash(label: string): void {
    const to = this.object(label).replace('/objects/', '/trash/');
    fs.mkdirSync(path.dirname(to), { recursive: true });
    for (const end of ['', '.json']) fs.renameSync(this.object(label) + end, to + end);
  }

  /** Runs SQL on the catalog; `?` last is the inode number of the file. Exactly one row has to change. */
  sql(statement: string, label: string, ...values: readonly unknown[]): void {
    expect(editCatalog(this.world.catalogPath, statement, ...values, this.ino(label))).toBe(1);
  }

  idBytes(label: string): Buffer {
    return Buffer.from(this.objectId(label).replaceAll('-', ''), 'hex');
  }

  run(program: string, ...args: readonly string[]): void {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  /** `hsmck OPERATION FILE`, killed at a step. */
  async kill(operation: string, step: string, label: string, does: 'kill' | 'tear' = 'kill'): Promise<void> {
    const fault = `${operation}:${step}=${does}`;
    const { shellStatus, stderr } = await this.world.text([operation, this.at(label)], { fault });
    expect(shellStatus, `${fault} ${stderr}`).toBe(KILLED);
  }

  /** `hsmck resolve FILE`, killed at a step of the operation that it goes the way of. */
  async killResolve(keep: Side, step: StepName, label: string): Promise<void> {
    const args = ['resolve', '--keep', keep, this.at(label)];
    const { shellStatus, stderr } = await this.world.text(args, { fault: `${step}=kill` });
    expect(shellStatus, `${step} ${stderr}`).toBe(KILLED);
  }

  /** `hsmck recover --apply`, killed at a step. */
  async killRecovery(step: string): Promise<void> {
    const { shellStatus, stderr } = await this.world.text(['recover', '--apply', this.world.mountPoint], {
      fault: `${step}=kill`,
    });
    expect(shellStatus, `${step} ${stderr}`).toBe(KILLED);
  }

  /** `hsmck OPERATION FILE`, stopped at a step until recovery is over. */
  async stop(operation: string, step: string, label: string): Promise<void> {
    const running = this.world.ndjson([operation, this.at(label)], { fault: `${operation}:${step}=pause` });
    await new Promise<void>((resolve, reject) => {
      const stopped = this.world.whilePaused(() => {
        resolve();
        return new Promise<void>((goOn) => {
          this.afterwards(async () => {
            goOn();
            await stopped;
            expect((await running).status).toBe(0);
          });
        });
      });
      stopped.catch(reject);
    });
    this.leased.add(label);
  }

  /** Does something to a file after which its mtime is as before. */
  keepingTimes(label: string, act: () => void): void {
    const { mtimeNs } = fs.lstatSync(this.at(label), { bigint: true });
    act();
    setMtime(this.at(label), mtimeNs);
  }

  /** Takes data away as a defect would: no time but ctime moves. */
  punch(label: string, offsetBytes = 0, lengthBytes = 64 * BLOCK): void {
    this.keepingTimes(label, () => this.run('xfs_io', '-c', `fpunch ${offsetBytes} ${lengthBytes}`, this.at(label)));
  }

  attribute(label: string): Buffer {
    const bytes = readDmAttribute(this.at(label), this.attributeName);
    if (bytes === undefined) throw new Error(`${label} has no attribute`);
    return bytes;
  }

  setAttribute(label: string, bytes: Buffer): void {
    writeDmAttribute(this.at(label), bytes, this.attributeName);
  }

  dropAttribute(label: string): void {
    dropDmAttribute(this.at(label), this.attributeName);
  }

  /** Changes bytes of the attribute; its checksum is wrong afterwards. */
  tear(label: string, change: (bytes: Buffer) => void): void {
    damageAttribute(this.at(label), change, 'wrong', this.attributeName);
  }

  /** The same with a checksum that is right: a forgery, or what a newer program wrote. */
  forge(label: string, change: (bytes: Buffer) => void): void {
    damageAttribute(this.at(label), change, 'right', this.attributeName);
  }

  /** As a restore does it: the same attribute on another inode. */
  tar(label: string, to: string): void {
    const archive = path.join(this.world.scratch.folder, 'restore.tar');
    const shared = ['--xattrs', '--xattrs-include=*', '--sparse', '-C', this.at('')];
    this.run('tar', ...shared, '-cf', archive, label);
    this.run('tar', ...shared, '-xpf', archive, `--transform=s|.*|${to}|`);
  }

  /** `cp -a`; the copy is a version of nothing new. */
  copy(label: string, to: string, ...options: readonly string[]): void {
    this.run('cp', '-a', '--preserve=all', ...options, this.at(label), this.at(to));
  }

  /** What the filesystem's device holds is changed while it is not mounted. */
  unmounted(act: (device: string) => void): void {
    const { scratch } = this.world;
    scratch.unmount();
    act(scratch.device);
    scratch.mount();
  }

  cutPower(): void {
    cutPower(this.world.scratch);
  }

  /** Until somebody has changed the file. */
  async untilChanged(label: string): Promise<void> {
    const { mtimeNs } = fs.lstatSync(this.at(label), { bigint: true });
    const isAsBefore = (): boolean => fs.lstatSync(this.at(label), { bigint: true }).mtimeNs === mtimeNs;
    for (let attempt = 0; attempt < 1000 && isAsBefore(); attempt++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(isAsBefore(), `${label} is as before`).toBe(false);
  }

  /** No room is left on the filesystem until recovery is over. */
  fillDisk(): void {
    const file = path.join(this.world.mountPoint, 'everything else');
    fs.writeFileSync(file, '');
    for (let lengthBytes = 1 << 30; lengthBytes >= BLOCK; lengthBytes /= 2) {
      const { size } = fs.statSync(file);
      const allocated = spawnSync('fallocate', ['--offset', String(size), '--length', String(lengthBytes), file]);
      if (allocated.status === 0) lengthBytes *= 2;
    }
    this.afterwards(() => fs.rmSync(file));
  }

  /** A file is not where it belongs until recovery is over. */
  moveAway(file: string): void {
    fs.renameSync(file, `${file}.away`);
    this.afterwards(() => fs.renameSync(`${file}.away`, file));
  }

  /** A child that lives until recovery is over. */
  keepRunning(program: string, ...args: readonly string[]): ChildProcess {
    const child = spawn(program, args, { stdio: 'ignore' });
    this.afterwards(
      () =>
        new Promise((resolve) => {
          child.once('exit', () => resolve());
          child.kill('SIGKILL');
        }),
    );
    return child;
  }

  /** What happens when recovery is over, before the last look. */
  afterwards(act: () => void | Promise<void>): void {
    this.#later.push(act);
  }

  /** Damage that comes behind everybody's: what frees inodes, which others would use again. */
  atLast(act: () => void): void {
    this.#last.push(act);
  }

  strikeLast(): void {
    for (const act of this.#last.splice(0)) act();
  }

  async endLife(): Promise<void> {
    this.leased.clear();
    for (const act of this.#later.splice(0)) await act();
  }
}
