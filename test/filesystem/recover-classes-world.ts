/** A registered filesystem whose files are damaged one at a time, and what recovery makes of each. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import type { createSteps as CreateSteps } from '../../src/migrate/faults.js';
import type { openSession as OpenSession } from '../../src/migrate/open-session.js';
import { toGen, toIno } from '../../src/native/inode-id.js';
import { closeFd, openPath } from '../../src/native/io.js';
import { getAttribute } from '../../src/native/xattr.js';
import type { ActionRecord } from '../../src/recover/action-record.js';
import type { recoverBatch as RecoverBatch } from '../../src/recover/recover-batch.js';
import type { FindingClass } from '../../src/reconcile/finding.js';
import type { Hsm } from '../support/hsm.js';
import { builtFile } from '../support/run-node.js';

export const BYTES = 50_000;
export const NAME = 'trusted.hsmck';

export interface Managed {
  readonly name: string;
  readonly content: Buffer;
  /** The store's file of the copy. */
  readonly object: string;
}

/** Class, what was done, to what end, and with what result, in a line. */
export const inShort = ({ class: name, action, to, result }: ActionRecord): string =>
  [name, action, to ?? '-', result].join(' ');

export class DamagedWorld {
  #count = 0;

  constructor(readonly hsm: Hsm) {}

  path(name: string): string {
    return this.hsm.at(name).toString();
  }

  async managed(state: 'dual' | 'offline', content: Buffer = randomBytes(BYTES)): Promise<Managed> {
    const name = `file-${this.#count++}`;
    fs.writeFileSync(this.hsm.at(name), content);
    const before = new Set(this.hsm.objects());
    expect(await this.hsm.outcomes('archive', [name])).toEqual(['archived']);
    if (state === 'offline') expect(await this.hsm.outcomes('release', [name])).toEqual(['released']);
    const object = this.hsm.objects().find((one) => !before.has(one));
    if (object === undefined) throw new Error(`${name} has no copy`);
    return { name, content, object };
  }

  run(program: string, ...args: readonly string[]): void {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  /** Runs SQL on the catalog; `?` is the inode number of the file. Exactly one row has to change. */
  sql(statement: string, name: string, ...before: readonly unknown[]): void {
    const db = new Database(this.hsm.catalogPath, { fileMustExist: true });
    try {
      expect(db.prepare(statement).run(...before, this.inoOf(name)).changes).toBe(1);
    } finally {
      db.close();
    }
  }

  /** The 16 bytes of the object that a row names. */
  objectIdOf(name: string): Buffer {
    const db = new Database(this.hsm.catalogPath, { readonly: true });
    try {
      const row = db.prepare('SELECT object_id FROM file WHERE ino = ?').get(this.inoOf(name));
      return (row as { object_id: Buffer }).object_id;
    } finally {
      db.close();
    }
  }

  inoOf(name: string): bigint {
    return fs.lstatSync(this.hsm.at(name), { bigint: true }).ino;
  }

  attributeOf(name: string): Buffer | undefined {
    const fd = openPath(this.hsm.at(name), fs.constants.O_RDONLY);
    try {
      return getAttribute(fd, NAME, name);
    } finally {
      closeFd(fd);
    }
  }

  setAttributeOf(name: string, bytes: Buffer | undefined): void {
    this.run('setfattr', '-n', NAME, '-v', `0x${bytes?.toString('hex') ?? ''}`, this.path(name));
  }

  dropAttribute(name: string): void {
    this.run('setfattr', '-x', NAME, this.path(name));
  }

  #catalogHash(): string {
    return createHash('sha256').update(fs.readFileSync(this.hsm.catalogPath)).digest('hex');
  }

  /** Recovers after a dry run, which has to foretell all of it and to leave no trace. What was done, in short. */
  async recover(): Promise<string[]> {
    const catalog = this.#catalogHash();
    const planned = await this.hsm.plan();
    expect(this.#catalogHash()).toBe(catalog);
    const { actions } = await this.hsm.recover();
    const foretold = planned.map((one) => inShort(one.result === 'planned' ? { ...one, result: 'done' } : one));
    // Whether a copy may go is known only after a scan of everything, which a dry run does not take.
    const settled = (one: string): boolean => !/^(archive-orphan|row-without-inode|inode-reused) /.test(one);
    expect(actions.map(inShort).filter(settled).sort()).toEqual(foretold.filter(settled).sort());
    return actions.map(inShort).sort();
  }

  /** Settles one file as if an audit had handed it to recovery. */
  async settleOne(findingClass: FindingClass, name: string): Promise<string[]> {
    const { openSession } = (await import(builtFile('migrate/open-session.js'))) as { openSession: typeof OpenSession };
    const { createSteps } = (await import(builtFile('migrate/faults.js'))) as { createSteps: typeof CreateSteps };
    const { recoverBatch } = (await import(builtFile('recover/recover-batch.js'))) as {
      recoverBatch: typeof RecoverBatch;
    };
    const gen = this.hsm.withCatalog(({ files, filesystems }) => {
      const [filesystem] = filesystems.list();
      return filesystem && files.findByIno(filesystem.fs, toIno(this.inoOf(name)))[0]?.gen;
    });
    const session = await openSession({
      catalogPath: this.hsm.catalogPath,
      mountPath: this.hsm.mountPath,
      command: 'recover',
      passStep: createSteps(undefined),
      signal: new AbortController().signal,
    });
    try {
      const id = { ino: toIno(this.inoOf(name)), gen: gen ?? toGen(0) };
      const finding = {
        class: findingClass,
        severity: 'critical',
        ...id,
        why: '',
        facts: {},
        action: 'repair',
      } as const;
      return (await recoverBatch(session, [finding], { prefer: 'auto' })).map(inShort);
    } finally {
      session.close();
    }
  }

  /** Nothing but information is left, and a second recovery changes nothing. */
  async expectClean(): Promise<void> {
    expect(await this.hsm.drift()).toEqual([]);
    expect((await this.hsm.recover()).actions.filter(({ result }) => result === 'done').map(inShort)).toEqual([]);
    expect(this.hsm.intents()).toEqual([]);
  }

  /** The file's bytes, brought back first if they are away. */
  async expectContent(name: string, content: Buffer): Promise<void> {
    await this.hsm.run('recall', [name]);
    expect(fs.readFileSync(this.hsm.at(name)).equals(content), `${name} has its bytes`).toBe(true);
  }
}
