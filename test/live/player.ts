/** One user of one file: acts from another process, because a lease stops everybody but its holder. */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { decodeDmAttribute } from '../../src/dm/dm-attribute.js';
import type { FileState } from '../../src/dm/states.js';
import { closeFd, openPath } from '../../src/native/io.js';
import { getAttribute } from '../../src/native/xattr.js';
import { actionOf, type ActionName } from './actions.js';

const POLL_MS = 1;
const ACT_TIMEOUT_MS = 30_000;
const WAITING_FOR_A_LEASE = /__break_lease/;
const { O_RDONLY, O_NOATIME } = fs.constants;

/** While a file is in one of these, zeros in it may be data that the archive has. */
export const AWAY: readonly (FileState | 'corrupt')[] = ['offline', 'releasing', 'recalling'];

const pause = (): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);

const readIfThere = (file: string): string => {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return ''; // not yet, or it has ended
  }
};

export interface OnDisk {
  readonly content: Buffer;
  readonly state: FileState | 'corrupt';
}

/** What a file has, and what its DM attribute says; undefined if it is not there. */
export function lookOnDisk(file: string): OnDisk | undefined {
  if (!fs.existsSync(file)) return undefined;
  const fd = openPath(Buffer.from(file), O_RDONLY | O_NOATIME);
  try {
    const bytes = getAttribute(fd, 'trusted.hsmck', file);
    const decoded = bytes && decodeDmAttribute(bytes);
    const state = decoded === undefined ? 'resident' : decoded.kind === 'valid' ? decoded.attribute.state : 'corrupt';
    return { content: fs.readFileSync(fd), state };
  } finally {
    closeFd(fd);
  }
}

export class Player {
  readonly #status: string;
  #child: ChildProcess | undefined;
  #end: Promise<string> | undefined;

  constructor(
    readonly program: string,
    readonly action: ActionName,
    /** Full path of the file before anything happens to it. */
    readonly file: string,
    statusFolder: string,
    public original: Buffer,
  ) {
    this.#status = path.join(statusFolder, `${path.basename(path.dirname(file))}-${action}`);
  }

  get hasActed(): boolean {
    return this.#child !== undefined;
  }

  /** What has to be there: where, and with which bytes (undefined: nothing). */
  get expected(): { readonly file: string; readonly content: Buffer | undefined } {
    if (!this.hasActed) return { file: this.file, content: this.original };
    const { apply, nameOf } = actionOf(this.action);
    return { file: nameOf?.(this.file) ?? this.file, content: apply(this.original) };
  }

  /** Begins to act, and returns when that is done or waits for a lease. Blocks: the migration stands still meanwhile. */
  act(): void {
    const child = spawn(this.program, [this.action, this.file, this.#status], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    this.#end = new Promise((resolve) => {
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      child.on('close', (status, signal) => resolve(`${status ?? signal ?? ''} ${said}`.trim()));
    });
    const deadline = Date.now() + ACT_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (/[dw]/.test(readIfThere(this.#status))) return;
      if (WAITING_FOR_A_LEASE.test(readIfThere(`/proc/${child.pid}/stack`))) return;
      pause();
    }
    throw new Error(`${this.action} on ${this.file} neither ended nor waits for a lease`);
  }

  /** Waits for the end of what was begun: "0" if all went well, else its status and what it said. */
  async ended(): Promise<string> {
    return (await this.#end) ?? '0';
  }
}
