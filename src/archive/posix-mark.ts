import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { closeFd, openPath, type PathBytes } from '../native/io.js';
import { tryLockExclusive } from '../native/lock.js';
import { makeFolder, replaceFile } from './posix-files.js';
import { StoreError } from './store-error.js';
import { encodeStoreIdentity, type StoreIdentity, type StoreMark } from './store-identity.js';
import { joinPath, storeFile, temporaryFolder } from './store-paths.js';
import { assertPresent, identityOf, type StoreRoot } from './store-presence.js';

const LOCK_WAIT_MS = 10;
const LOCK_ATTEMPTS_MAX = 500;

/** Writes store.json, atomically and durably. */
export function writeStoreFile(dir: PathBytes, identity: StoreIdentity): void {
  makeFolder(temporaryFolder(dir));
  const temporary = joinPath(temporaryFolder(dir), `store.json.${randomUUID()}`);
  replaceFile(storeFile(dir), dir, temporary, encodeStoreIdentity(identity));
}

/** Holds store.lock while `action` runs: reading the mark and writing it must not mix with another process's. */
export async function withStoreLock<T>(dir: PathBytes, action: () => T): Promise<T> {
  const path = joinPath(dir, 'store.lock');
  const fd = openPath(path, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_NOFOLLOW);
  try {
    for (let attempt = 0; !tryLockExclusive(fd, path.toString()); attempt++) {
      if (attempt === LOCK_ATTEMPTS_MAX) {
        throw new StoreError('ESTORE_BUSY', `another process holds ${path.toString()}: wait for it to end`);
      }
      await setTimeout(LOCK_WAIT_MS);
    }
    return action();
  } finally {
    closeFd(fd);
  }
}

function advance(
  identity: StoreIdentity,
  mark: StoreMark,
  replacesEpoch: bigint | undefined,
  name: string,
): StoreIdentity {
  if (mark.epoch !== identity.epoch && replacesEpoch !== identity.epoch) {
    throw new StoreError(
      'ESTORE_EPOCH',
      `${name} belongs to epoch ${identity.epoch}, not ${mark.epoch}: accept the new epoch explicitly if it is right`,
    );
  }
  if (mark.epoch === identity.epoch && mark.opLimit < identity.opLimit) {
    throw new StoreError(
      'ESTORE_ROLLBACK',
      `${name} has seen operations up to ${identity.opLimit}, the catalog only up to ${mark.opLimit}: an older catalog was restored`,
    );
  }
  return { ...identity, epoch: mark.epoch, opLimit: mark.opLimit };
}

/** ArchiveStore.writeMark. The mark that is there already is not written again. */
export async function writeStoreMark(
  root: StoreRoot,
  mark: StoreMark,
  replacesEpoch: bigint | undefined,
): Promise<StoreIdentity> {
  assertPresent(root);
  return withStoreLock(root.dir, () => {
    const identity = identityOf(root);
    const next = advance(identity, mark, replacesEpoch, root.dir.toString());
    if (next.epoch !== identity.epoch || next.opLimit !== identity.opLimit) writeStoreFile(root.dir, next);
    return next;
  });
}
