/** Makes the files of some cases on one filesystem, damages them, and runs the commands an administrator would. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import Database from 'better-sqlite3';
import type { FsId } from '../../src/dm/identity.js';
import { O_PATH } from '../../src/native/constants.js';
import { handleOfFd, idFromXfsHandle } from '../../src/native/file-handle.js';
import type { InodeId } from '../../src/native/inode-id.js';
import { closeFd, openPath } from '../../src/native/io.js';
import { lookAtAttribute } from '../../src/reconcile/attribute-look.js';
import { readDmAttribute } from '../cli/attribute-damage.js';
import { CliWorld, type NdjsonResult } from '../cli/cli-world.js';
import { withFilesystem } from '../support/filesystem.js';
import { Attribution, filesOf } from './attribution.js';
import type { NamedCase } from './damage-case.js';
import { toldActions, toldFindings, type FileEnd, type Line, type Told, type WholeOutcome } from './outcome.js';
import { Scene } from './scene.js';

/** Larger files are sparse; reading them through says nothing more. */
const READ_MAX_BYTES = 64 * 1024 * 1024;
const UNTIL_ATTEMPTS = 50;
/** Most of the damage is done by children that are killed. */
const AT_A_TIME = 2;

function hashOf(file: string): string {
  const { size } = fs.statSync(file);
  if (!fs.statSync(file).isFile()) return 'no file';
  if (size > READ_MAX_BYTES) return `${size} bytes`;
  return createHash('sha256').update(fs.readFileSync(file)).digest('hex');
}

interface CatalogRow {
  readonly fs: bigint;
  readonly state: string;
  readonly gen: bigint;
}

function rowOf(catalogPath: string, ino: bigint): CatalogRow | undefined {
  const db = new Database(catalogPath, { readonly: true, fileMustExist: true });
  try {
    const rows = db.prepare<[bigint], CatalogRow>(
      'SELECT fs, gen, state FROM file WHERE ino = ? ORDER BY change_seq DESC',
    );
    return rows.safeIntegers().get(ino);
  } finally {
    db.close();
  }
}

function registered(catalogPath: string): FsId {
  const db = new Database(catalogPath, { readonly: true, fileMustExist: true });
  try {
    return (db.prepare('SELECT fs FROM filesystem').get() as { readonly fs: FsId }).fs;
  } finally {
    db.close();
  }
}

/** Without opening the file. */
function identityOf(file: string): InodeId {
  const fd = openPath(Buffer.from(file), O_PATH);
  try {
    return idFromXfsHandle(handleOfFd(fd, file), file);
  } finally {
    closeFd(fd);
  }
}

/** One run of all commands over one filesystem. */
class WorldRun {
  /** Lines of output that no case has to do with. */
  readonly strangers: string[] = [];
  readonly #attribution: Attribution;

  constructor(
    readonly world: CliWorld,
    readonly scenes: readonly Scene[],
  ) {
    this.#attribution = new Attribution(scenes);
  }

  /** Files of all scenes in some states. */
  #paths(...states: ('resident' | 'dual' | 'offline')[]): string[] {
    return this.scenes.flatMap((scene) => scene.labels(...states).map((label) => scene.at(label)));
  }

  async prepare(): Promise<void> {
    const isUser = this.scenes.some(({ spec }) => spec.world === 'user');
    await this.world.init('--unguarded', ...(isUser ? ['--namespace', 'user'] : []));
    for (const scene of this.scenes) scene.arrange();
    const managed = this.#paths('dual', 'offline');
    if (managed.length > 0) await this.world.ok('archive', ...managed);
    const released = this.#paths('offline');
    if (released.length > 0) await this.world.ok('release', ...released);
    for (const scene of this.scenes) scene.noteObjects();
    this.#attribution.learn();
  }

  async damage(): Promise<void> {
    const failures: string[] = [];
    const waiting = [...this.scenes];
    const strike = async (): Promise<void> => {
      for (let scene = waiting.shift(); scene !== undefined; scene = waiting.shift()) {
        try {
          await scene.spec.damage(scene);
        } catch (error) {
          const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
          failures.push(`${scene.spec.name}: ${text}`);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, strike));
    this.#attribution.learn();
    if (failures.length > 0) throw new Error(`damage that could not be made: ${failures.join('\n')}`);
    for (const scene of this.scenes) scene.strikeLast();
  }

  /** The lines of one type that are about a scene. */
  #linesOf(result: NdjsonResult, type: 'finding' | 'action'): Map<Scene, Line[]> {
    const lines = new Map<Scene, Line[]>(this.scenes.map((scene) => [scene, []]));
    for (const record of result.of(type)) {
      const about = this.#attribution.of(record);
      if (about === undefined) this.strangers.push(JSON.stringify(record));
      else lines.get(about.scene)?.push({ record, label: about.label });
    }
    return lines;
  }

  async look(...args: readonly string[]): Promise<Map<Scene, Told>> {
    const result = await this.world.ndjson([...args, this.world.mountPoint]);
    const lines = this.#linesOf(result, 'finding');
    return new Map([...lines].map(([scene, own]) => [scene, toldFindings(own, result)]));
  }

  /** An audit; where a case waits for a race to be seen, as often as it takes. */
  async lookUntil(...args: readonly string[]): Promise<Map<Scene, Told>> {
    for (let attempt = 1; ; attempt++) {
      const told = await this.look(...args);
      const waiting = [...told].some(
        ([{ spec }, { lines }]) => spec.until !== undefined && !lines.some((line) => line.includes(spec.until ?? '')),
      );
      if (!waiting || attempt === UNTIL_ATTEMPTS) return told;
    }
  }

  async recover(...args: readonly string[]): Promise<Map<Scene, Told>> {
    const options = this.scenes.flatMap(({ spec }) => spec.options ?? []);
    const result = await this.world.ndjson(['recover', ...args, ...options, this.world.mountPoint]);
    const lines = this.#linesOf(result, 'action');
    return new Map([...lines].map(([scene, own]) => [scene, toldActions(own, result)]));
  }

  /** Where each version of a scene can be read, byte by byte. */
  #places(scene: Scene): Map<string, readonly string[]> {
    const found = new Map<string, Set<string>>();
    const note = (file: string, place: string): void => {
      const version = scene.versions.get(hashOf(file));
      if (version !== undefined) found.set(version, (found.get(version) ?? new Set()).add(place));
    };
    for (const label of filesOf(scene)) if (!scene.leased.has(label)) note(scene.at(label), label);
    for (const place of ['objects', 'trash'] as const) for (const copy of this.world.copies(place)) note(copy, place);
    return new Map([...found].map(([version, places]) => [version, [...places].sort()]));
  }

  places(): Map<Scene, Map<string, readonly string[]>> {
    return new Map(this.scenes.map((scene) => [scene, this.#places(scene)]));
  }

  async recallAway(ends: ReadonlyMap<Scene, Readonly<Record<string, { readonly attribute: string }>>>): Promise<void> {
    const away = [...ends].flatMap(([scene, files]) =>
      Object.entries(files).flatMap(([label, { attribute }]) => (attribute === 'offline' ? [scene.at(label)] : [])),
    );
    if (away.length > 0) await this.world.ndjson(['recall', ...away]);
  }

  fileEnds(scene: Scene): Record<string, Omit<FileEnd, 'holds'>> {
    const fsId = registered(this.world.catalogPath);
    const ends = filesOf(scene).map((label) => {
      const id = identityOf(scene.at(label));
      const look = lookAtAttribute(readDmAttribute(scene.at(label), scene.attributeName), id, fsId);
      const row = rowOf(this.world.catalogPath, id.ino);
      const attribute = look.kind === 'own' ? look.attribute.state : look.kind;
      const state = row === undefined ? 'none' : Number(row.gen) === id.gen ? row.state : 'of an earlier inode';
      return [label, { attribute, row: state }] as const;
    });
    return Object.fromEntries(ends);
  }

  holds(scene: Scene, label: string): string {
    const { size } = fs.statSync(scene.at(label));
    if (size > READ_MAX_BYTES) return `${size} bytes`;
    const content = fs.readFileSync(scene.at(label));
    const version = scene.versions.get(createHash('sha256').update(content).digest('hex'));
    return version ?? (content.every((byte) => byte === 0) ? `${size} zeros` : 'other bytes');
  }

  async wholeStory(): Promise<Map<Scene, WholeOutcome>> {
    await this.prepare();
    await this.damage();
    const before = this.places();
    const isDeep = this.scenes.some(({ spec }) => spec.world === 'deep');
    const check = await this.look('check');
    const audit = await this.lookUntil('audit', ...(isDeep ? ['--deep'] : []));
    const plan = await this.recover();
    const recover = await this.recover('--apply');
    const again = await this.recover('--apply');
    const after = this.places();
    for (const scene of this.scenes) await scene.endLife();
    const left = await this.look('audit', '--deep');
    const ends = new Map(this.scenes.map((scene) => [scene, this.fileEnds(scene)]));
    await this.recallAway(ends);
    return new Map(
      this.scenes.map((scene) => {
        const of = (told: Map<Scene, Told>): Told => told.get(scene) ?? { exit: -1, lines: [] };
        const told = { check: of(check), audit: of(audit), plan: of(plan), recover: of(recover), again: of(again) };
        const files = Object.fromEntries(
          Object.entries(ends.get(scene) ?? {}).map(([label, end]) => [
            label,
            { ...end, holds: this.holds(scene, label) },
          ]),
        );
        const [had, has] = [before.get(scene), after.get(scene)];
        const versions = Object.fromEntries(
          [...new Set(scene.versions.values())].map((version) => [version, has?.get(version) ?? ['nowhere']]),
        );
        const lost = [...(had?.keys() ?? [])].filter((version) => !has?.has(version));
        return [scene, { ...told, left: of(left), files, versions, lost }];
      }),
    );
  }
}

export interface WorldOutcome {
  readonly outcomes: ReadonlyMap<string, WholeOutcome>;
  readonly strangers: readonly string[];
}

/** Everything that becomes of some cases that share a filesystem, by the name of the case. */
export async function runCases(cases: readonly NamedCase[]): Promise<WorldOutcome> {
  const filesystem = Object.assign({}, ...cases.map((one) => one.filesystem ?? {})) as NamedCase['filesystem'];
  return withFilesystem({ ...filesystem }, async (scratch) => {
    const world = new CliWorld(scratch, 'gallery');
    // What settles a device is a process of its own, a third of each command on so small a filesystem. The worlds of many cases are scanned
    // from their devices.
    if (cases.every((one) => one.world === 'alone' && one.byDevice !== true)) world.source = 'xfs-bulkstat';
    const scenes = cases.map((one) => new Scene(world, one));
    try {
      const run = new WorldRun(world, scenes);
      const outcomes = await run.wholeStory();
      return {
        outcomes: new Map([...outcomes].map(([scene, outcome]) => [scene.spec.name, outcome])),
        strangers: run.strangers,
      };
    } finally {
      for (const scene of scenes) await scene.endLife();
    }
  });
}
