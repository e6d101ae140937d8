/**
 * Two real XFS on drives whose every write is recorded: one is managed, the other holds catalog and archive. After the
 * recording, both can be mounted again, at the same places, as a power cut at any moment would have left them.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ScratchFilesystem } from '../../src/cli/demo/scratch-filesystem.js';
import { newScratchName } from '../../src/cli/demo/scratch-owner.js';
import { removeScratchFolder, runTool, unmountPoint } from '../../src/cli/demo/scratch-tools.js';
import { Replay, type Survivors } from './replay.js';
import { readWriteLog } from './write-log.js';

const SIZE_BYTES = 320 * 1024 * 1024;
const SOURCE = path.join(import.meta.dirname, 'record-writes.c');
const DRIVES = ['managed', 'store'] as const;
export const MANAGED = 0;
export const STORE = 1;

const copyOf = (image: string, kind: string): string => `${image}.${kind}`;

export class RecordedDrives {
  readonly #server: string;
  readonly #log: string;
  readonly #images: readonly string[];
  #serving: ChildProcess | undefined;

  private constructor(readonly folder: string) {
    const at = (name: string): string => path.join(folder, name);
    this.#server = at('record-writes');
    this.#log = at('log');
    this.#images = DRIVES.map((drive) => at(`${drive}.image`));
    for (const name of [...DRIVES, 'fuse']) fs.mkdirSync(at(name));
    execFileSync('gcc', ['-O1', '-Wall', '-Werror', '-o', this.#server, SOURCE]);
  }

  /** Makes both filesystems and begins to record. */
  static async create(parentFolder = os.tmpdir()): Promise<RecordedDrives> {
    const folder = path.join(fs.realpathSync(parentFolder), newScratchName());
    fs.mkdirSync(folder);
    const drives = new RecordedDrives(folder);
    for (const image of drives.#images) {
      fs.writeFileSync(image, '');
      fs.truncateSync(image, SIZE_BYTES);
      runTool('mkfs.xfs', ['-q', image]);
    }
    await drives.#record();
    return drives;
  }

  #mountPoint(drive: number): string {
    return path.join(this.folder, DRIVES[drive] ?? '');
  }

  async #record(): Promise<void> {
    for (const image of this.#images) execFileSync('cp', ['--sparse=always', image, copyOf(image, 'base')]);
    const fuse = path.join(this.folder, 'fuse');
    const serving = spawn(this.#server, [fuse, this.#log, ...this.#images], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#serving = serving;
    const [said] = (await Promise.race([once(serving.stdout, 'data'), once(serving, 'exit')])) as [unknown];
    if (!Buffer.isBuffer(said)) throw new Error('record-writes does not serve');
    DRIVES.forEach((_, drive) => this.#mount(path.join(fuse, String(drive)), drive));
  }

  #mount(image: string, drive: number): void {
    runTool('mount', ['-t', 'xfs', '-o', 'loop', image, this.#mountPoint(drive)]);
  }

  #unmount(): void {
    DRIVES.forEach((_, drive) => unmountPoint(this.#mountPoint(drive)));
  }

  /** The managed filesystem, for the driver; its catalog and archive go to the other one. */
  get scratch(): ScratchFilesystem {
    const no = (): never => {
      throw new Error('recorded drives are mounted by their cuts');
    };
    return {
      type: 'xfs',
      folder: this.#mountPoint(STORE),
      image: this.#images[MANAGED] ?? '',
      device: '',
      mountPoint: this.#mountPoint(MANAGED),
      unmount: no,
      mount: no,
      remount: no,
      destroy: no,
    };
  }

  /** Makes everything durable, and returns how many bytes the log has then. */
  mark(): number {
    DRIVES.forEach((_, drive) => runTool('sync', ['--file-system', this.#mountPoint(drive)]));
    return fs.statSync(this.#log).size;
  }

  /** Ends the recording: both filesystems are unmounted. */
  async stop(): Promise<void> {
    this.#unmount();
    const ended = this.#serving && once(this.#serving, 'exit');
    unmountPoint(path.join(this.folder, 'fuse'));
    await ended;
    this.#serving = undefined;
  }

  /** A replay from the very beginning. */
  replay(ignoredFlushes: readonly number[] = []): Replay {
    const durable = this.#images.map((image) => {
      execFileSync('cp', ['--sparse=always', copyOf(image, 'base'), copyOf(image, 'durable')]);
      return copyOf(image, 'durable');
    });
    return new Replay(this.#log, readWriteLog(this.#log), durable, ignoredFlushes);
  }

  /** Mounts both drives as the cut leaves them for the length of a function. */
  async afterCut(replay: Replay, cut: number, survivors: Survivors, use: () => Promise<void>): Promise<void> {
    const images = this.#images.map((image) => copyOf(image, 'cut'));
    replay.cut(cut, survivors, images);
    images.forEach((image, drive) => this.#mount(image, drive));
    try {
      await use();
    } finally {
      this.#unmount();
    }
  }

  destroy(): void {
    removeScratchFolder(this.folder);
  }
}
