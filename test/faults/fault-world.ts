/** A small registered filesystem in memory, the commands on it, and what must hold of its files whatever fails. */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { ScratchFilesystem } from '../../src/cli/demo/scratch-filesystem.js';
import { createFilesystem } from '../support/filesystem.js';
import { ATTRIBUTE_NAME } from '../../src/dm/attribute-layout.js';
import { decodeDmAttribute } from '../../src/dm/dm-attribute.js';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import { closeFd, openPath } from '../../src/native/io.js';
import { getAttribute } from '../../src/native/xattr.js';
import { snapshot, type FileSnapshot } from '../support/file-snapshot.js';
import { FaultDriver, type Invocation, type Outcome } from './fault-driver.js';

const BLOCK = 4096;
const FOLDER = 'work';
/** What the command line gives where nothing is said of it. */
const SOURCE = { source: 'xfs-bulkstat', settle: 'freeze', verifyCrc: false };

/** The least that mkfs.xfs accepts; two allocation groups, so that a scan is more than one partition. */
const SCRATCH = { sizeBytes: 320 * 1024 * 1024, mkfsOptions: ['-d', 'agcount=2'] } as const;

function sparse(file: Buffer): void {
  const fd = fs.openSync(file, 'w');
  for (const block of [3, 4, 90]) fs.writeSync(fd, randomBytes(BLOCK), 0, BLOCK, block * BLOCK);
  fs.ftruncateSync(fd, 100 * BLOCK + 17);
  fs.closeSync(fd);
}

/** Nothing, holes, and several blocks: in this order they are worked on. */
const FILES: Readonly<Record<string, (file: Buffer) => void>> = {
  '1-empty': (file) => fs.writeFileSync(file, ''),
  '2-sparse': sparse,
  '3-blocks': (file) => fs.writeFileSync(file, randomBytes(5 * BLOCK + 17)),
};

export const FILE_NAMES = Object.keys(FILES);

export type FileState = 'resident' | 'dual' | 'offline';

const AT_REST: readonly string[] = ['none', 'dual', 'offline'];

/** In these the file's own bytes are all that a reader gets, and have to be right. */
const HAS_DATA: readonly string[] = ['none', 'archiving', 'dual', 'removing'];

/** From any states at rest to the one wanted: which operation takes files out of which state. */
const WAY_TO: Readonly<Record<FileState, readonly (readonly [ForwardOperation, from: string])[]>> = {
  resident: [
    ['recall', 'offline'],
    ['remove', 'dual'],
  ],
  dual: [
    ['recall', 'offline'],
    ['archive', 'none'],
  ],
  offline: [
    ['archive', 'none'],
    ['release', 'dual'],
  ],
};

/** What a command line gives for options that are not named. */
const MIGRATE_OPTIONS = { recursive: true };

export class FaultWorld {
  readonly driver: FaultDriver;
  readonly catalogPath: string;
  readonly archiveDir: string;
  #originals = new Map<string, FileSnapshot>();

  private constructor(readonly scratch: ScratchFilesystem) {
    this.catalogPath = path.join(scratch.folder, 'catalog', 'catalog.db');
    this.archiveDir = path.join(scratch.folder, 'archive');
    fs.mkdirSync(path.dirname(this.catalogPath), { recursive: true });
    this.driver = new FaultDriver(this.catalogPath, scratch.folder);
  }

  /** @param prepare is called before anything is registered: what the folders of catalog and archive are made of */
  static async create(prepare: (world: FaultWorld) => void = () => undefined): Promise<FaultWorld> {
    const world = new FaultWorld(createFilesystem(SCRATCH));
    prepare(world);
    await world.done(world.init());
    fs.mkdirSync(world.at(''));
    for (const name of FILE_NAMES) world.renew(name);
    return world;
  }

  async destroy(): Promise<void> {
    await this.driver.stop();
    this.scratch.destroy();
  }

  get mountPath(): string {
    return this.scratch.mountPoint;
  }

  /** A file of the world, or the folder that holds them. */
  at(name: string): Buffer {
    return Buffer.from(path.join(this.scratch.mountPoint, FOLDER, name));
  }

  /** New content, which is from now on what the file has to have. The file must not be away. */
  renew(name: string): void {
    FILES[name]?.(this.at(name));
    const fd = fs.openSync(this.at(name), 'r');
    fs.fsyncSync(fd);
    fs.closeSync(fd);
    this.#originals.set(name, snapshot(this.at(name)));
  }

  init(): Invocation {
    const options = { archive: this.archiveDir, namespace: 'trusted', unguarded: true };
    return { name: 'init', args: [this.mountPath], options };
  }

  migrate(operation: ForwardOperation, names: readonly string[] = ['']): Invocation {
    return { name: operation, args: names.map((name) => this.at(name).toString()), options: MIGRATE_OPTIONS };
  }

  /** A command about the whole filesystem. */
  whole(name: string, options: Readonly<Record<string, unknown>> = {}): Invocation {
    return { name, args: [this.mountPath], options: { ...SOURCE, ...options } };
  }

  recovery(): Invocation {
    return this.whole('recover', { apply: true, prefer: 'auto' });
  }

  /** Runs a command that has to go well. */
  async done(invocation: Invocation, statuses: readonly number[] = [0]): Promise<Outcome> {
    const outcome = await this.driver.run(invocation);
    if (statuses.includes(outcome.exitCode)) return outcome;
    throw new Error(`${invocation.name} came out as ${outcome.exitCode}: ${outcome.stdout}${outcome.stderr}`);
  }

  /** Brings files that are at rest into a state. */
  async bring(state: FileState): Promise<void> {
    if (!FILE_NAMES.every((name) => AT_REST.includes(this.stateOf(name)))) await this.done(this.recovery(), [0, 1]);
    for (const [operation, from] of WAY_TO[state]) {
      const names = FILE_NAMES.filter((name) => this.stateOf(name) === from);
      if (names.length > 0) await this.done(this.migrate(operation, names));
    }
    if (!this.isAt(state)) throw new Error(`${this.states()} where all should be ${state}`);
  }

  isAt(state: FileState): boolean {
    return FILE_NAMES.every((name) => this.stateOf(name) === (state === 'resident' ? 'none' : state));
  }

  /** Whether all files that the command names have come to a state. */
  reached({ args }: Invocation, state: FileState): boolean {
    const named = FILE_NAMES.filter((name) => args.some((arg) => arg === this.at('').toString() || arg.endsWith(name)));
    return named.every((name) => this.stateOf(name) === (state === 'resident' ? 'none' : state));
  }

  /** What the attribute says; `none` without one. */
  stateOf(name: string): string {
    const fd = openPath(this.at(name), fs.constants.O_RDONLY);
    try {
      const bytes = getAttribute(fd, `trusted.${ATTRIBUTE_NAME}`, name);
      if (bytes === undefined) return 'none';
      const decoded = decodeDmAttribute(bytes);
      return decoded.kind === 'valid' ? decoded.attribute.state : decoded.kind;
    } finally {
      closeFd(fd);
    }
  }

  states(): string {
    return FILE_NAMES.map((name) => this.stateOf(name)).join(' ');
  }

  /** Files that say that they have their data, and do not. */
  damaged(): string[] {
    return FILE_NAMES.filter((name) => {
      if (!HAS_DATA.includes(this.stateOf(name))) return false;
      return JSON.stringify(snapshot(this.at(name)), text) !== JSON.stringify(this.#originals.get(name), text);
    });
  }

  /** Digest of everything that a command which only looks must leave alone: attributes, bytes, the store's names. */
  fingerprint(): string {
    const hash = createHash('sha256');
    for (const name of FILE_NAMES) {
      hash.update(`${name} ${this.stateOf(name)} ${JSON.stringify(snapshot(this.at(name)), text)}`);
    }
    const names = fs.readdirSync(this.archiveDir, { recursive: true, encoding: 'utf8' });
    hash.update(
      names
        .filter((name) => !name.startsWith('tmp'))
        .sort()
        .join('\n'),
    );
    return hash.digest('hex');
  }
}

const text = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);
