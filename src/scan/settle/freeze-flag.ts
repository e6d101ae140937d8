/**
 * The flag that a freeze of ours leaves while it lasts: a file below /run under flock(2). A process that dies lets go of
 * the lock and leaves the file, so that the next command knows whose freeze it finds, and may end it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { HeldLock, isStillNamed, tryHold } from '../../catalog/owner-lock.js';
import { closeFd, openPath, pwriteAll } from '../../native/io.js';
import { tryLockExclusive } from '../../native/lock.js';
import { isErrno } from '../../native/native-error.js';

/** Where flags lie: gone after a reboot, as freezes are. HSMCK_RUN_FOLDER names another place. */
export const flagFolder = (): string => process.env['HSMCK_RUN_FOLDER'] ?? '/run/hsmck';

const NAME = /^freeze-(\d+)-(\d+)$/;

const flagPath = (device: string): string => path.join(flagFolder(), `freeze-${device.replace(':', '-')}`);

/** Holds the flag of a device ("major:minor"), not raised yet; undefined if another process is at it. */
export const holdFlag = (device: string): HeldLock | undefined => tryHold(flagPath(device));

/** From here on the filesystem may be frozen by us. */
export function raiseFlag(flag: HeldLock): void {
  const text = Buffer.from(`process ${process.pid} freezes the filesystem\n`);
  pwriteAll(flag.fd, text, text.length, 0, flag.file);
}

/** What a process that died left behind. The flag is held, so that nobody else deals with it too. */
export interface LeftFlag {
  readonly lock: HeldLock;
  /** "major:minor" */
  readonly device: string;
  /** Its process may have frozen the filesystem. */
  readonly isRaised: boolean;
}

function take(name: string): LeftFlag | undefined {
  const [, major, minor] = NAME.exec(name) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const file = path.join(flagFolder(), name);
  try {
    const lock = new HeldLock(file, openPath(Buffer.from(file), fs.constants.O_RDWR));
    // Whoever holds the lock is alive and will end its freeze itself. One that has just let go has ended it and taken its
    // flag away: the file under this name, if there is one, is another's.
    if (!tryLockExclusive(lock.fd, file) || !isStillNamed(lock.fd, file)) {
      closeFd(lock.fd);
      return undefined;
    }
    return { lock, device: `${major}:${minor}`, isRaised: fs.fstatSync(lock.fd).size > 0 };
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES', 'EPERM', 'EROFS')) return undefined;
    throw error;
  }
}

/** Takes the flags of processes that died. Costs one look at a folder that is not there on most days. */
export function takeLeftFlags(): LeftFlag[] {
  let names: string[];
  try {
    names = fs.readdirSync(flagFolder());
  } catch {
    return []; // No folder: no freeze. Not ours to read: not ours to end.
  }
  return names.flatMap((name) => take(name) ?? []);
}
