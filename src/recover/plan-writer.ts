import fs from 'node:fs';
import path from 'node:path';
import { removeFile, syncFolder } from '../archive/posix-files.js';
import { closeFd, fsyncFd, openPath, pwriteAll, type Fd, type PathBytes } from '../native/io.js';
import { isErrno, NativeError } from '../native/native-error.js';
import { statIfPresent, statPath } from '../native/statx.js';
import { encodeAction, type PlannedAction } from './plan-action.js';
import { PlanError } from './plan-error.js';
import { encodeHeader, type PlanHeader } from './plan-header.js';
import { PlanSeal } from './plan-lines.js';

const { O_CREAT, O_EXCL, O_WRONLY } = fs.constants;
const FLUSH_BYTES = 64 * 1024;

export interface PlanPlace {
  readonly path: PathBytes;
  /** The device of the filesystem that the plan is about, as in `FileStat.device`. */
  readonly mountDevice: string;
}

/** dirname(1) on bytes: no byte of a multi-byte character is a slash. */
function folderOf(file: PathBytes): PathBytes {
  const name = path.posix.dirname(file.toString('latin1'));
  return Buffer.from(name, 'latin1');
}

const alreadyThere = (file: PathBytes): PlanError =>
  new PlanError('EPLANPLACE', `${file.toString('utf8')} is there already: name another file, or remove it`);

/**
 * Writes a plan under a temporary name beside its place; it gets its own name when it is whole and durable. Never
 * overwrites: a plan may be what somebody is reviewing at this moment.
 */
export class PlanWriter {
  readonly #path: PathBytes;
  readonly #temporary: PathBytes;
  readonly #fd: Fd;
  readonly #seal = new PlanSeal();
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #offset = 0;

  /**
   * @throws PlanError EPLANPLACE when the place is taken, or on the filesystem that the plan is about; NativeError
   */
  constructor({ path: place, mountDevice }: PlanPlace, header: PlanHeader) {
    const folder = folderOf(place);
    // Following links: the folder itself decides.
    if (statPath(Buffer.concat([folder, Buffer.from('/.')])).device === mountDevice) {
      const why = 'lies on the filesystem that the plan is about, where a dry run writes nothing: name another place';
      throw new PlanError('EPLANPLACE', `${place.toString('utf8')} ${why}`);
    }
    if (statIfPresent(place) !== undefined) throw alreadyThere(place);
    this.#path = place;
    this.#temporary = Buffer.concat([place, Buffer.from(`.${process.pid}.tmp`)]);
    this.#fd = openPath(this.#temporary, O_WRONLY | O_CREAT | O_EXCL);
    const line = Buffer.from(encodeHeader(header));
    this.#seal.addHeader(line);
    this.#write(line);
  }

  add(action: PlannedAction): void {
    const line = Buffer.from(encodeAction(action));
    this.#seal.addAction(line);
    this.#write(line);
  }

  /** Seals the plan and gives it its name. Instead of `discard`, not before it. @throws PlanError EPLANPLACE; NativeError */
  finish(): void {
    try {
      this.#write(Buffer.from(this.#seal.encodeEnd()));
      this.#flush();
      fsyncFd(this.#fd, this.#temporary.toString('utf8'));
      // link(2), unlike rename(2), fails where something has taken the name meanwhile.
      fs.linkSync(this.#temporary, this.#path);
    } catch (cause) {
      const error = NativeError.fromNode(cause, this.#path.toString('utf8'));
      throw isErrno(error, 'EEXIST') ? alreadyThere(this.#path) : error;
    } finally {
      this.discard();
    }
    syncFolder(folderOf(this.#path));
  }

  /** Removes the temporary file: what is not whole is no plan. */
  discard(): void {
    closeFd(this.#fd);
    removeFile(this.#temporary);
  }

  #write(line: Buffer): void {
    this.#pending.push(line, Buffer.from('\n'));
    this.#pendingBytes += line.length + 1;
    if (this.#pendingBytes >= FLUSH_BYTES) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#pending);
    pwriteAll(this.#fd, bytes, bytes.length, this.#offset, this.#temporary.toString('utf8'));
    this.#offset += bytes.length;
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}
