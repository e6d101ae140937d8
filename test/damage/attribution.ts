/** Which case, and which of its files, a line of output is about. */
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { NdjsonRecord } from '../cli/ndjson-contract.js';
import { uuidText, type Scene } from './scene.js';

export interface About {
  readonly scene: Scene;
  readonly label: string;
}

/** All files of a scene as they are now, by name. */
export function filesOf(scene: Scene): string[] {
  const folder = scene.at('');
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const isFile = (name: string): boolean => fs.lstatSync(name, { throwIfNoEntry: false })?.isFile() === true;
  return entries
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter(isFile)
    .map((name) => path.relative(folder, name))
    .sort();
}

const isAlone = (scene: Scene): boolean => scene.spec.world === 'alone';

/** Learns inode and object numbers while the files are there, and tells of lines whose they are. */
export class Attribution {
  readonly #inodes = new Map<string, About>();
  readonly #objects = new Map<string, string>();

  constructor(readonly scenes: readonly Scene[]) {}

  /** To be called as often as files come and go; what was learnt first stays. */
  learn(): void {
    for (const scene of this.scenes) {
      for (const label of filesOf(scene)) {
        const ino = fs.lstatSync(scene.at(label), { bigint: true, throwIfNoEntry: false })?.ino.toString();
        if (ino !== undefined && !this.#inodes.has(ino)) this.#inodes.set(ino, { scene, label });
      }
      this.#learnObjects(scene.world.catalogPath);
    }
  }

  #learnObjects(catalogPath: string): void {
    if (!fs.existsSync(catalogPath)) return;
    const db = new Database(catalogPath, { readonly: true, fileMustExist: true });
    try {
      const rows = db.prepare<[], { id: Buffer; ino: bigint }>('SELECT object_id AS id, ino FROM object');
      for (const { id, ino } of rows.safeIntegers().all()) this.#objects.set(uuidText(id), ino.toString());
    } finally {
      db.close();
    }
  }

  /** Undefined where nothing in the line says whose it is. */
  of(record: NdjsonRecord): About | undefined {
    const facts = (record['facts'] ?? {}) as NdjsonRecord;
    const ino = record['ino'] ?? this.#objects.get(String(facts['object']));
    const about = typeof ino === 'string' ? this.#inodes.get(ino) : undefined;
    if (about !== undefined) return about;
    const [only] = this.scenes;
    return only !== undefined && isAlone(only) ? { scene: only, label: '-' } : undefined;
  }
}
