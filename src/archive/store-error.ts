import { OperationalError } from '../errors.js';
import { isErrno } from '../native/native-error.js';

/**
 * `ESTORE_UNREACHABLE` no store.json: not mounted, moved, or the wrong folder; nothing may be concluded from it.
 * `ESTORE_FOREIGN` the folder is no store of ours, a store of another catalog, or one of a newer version.
 * `ESTORE_NOT_EMPTY` a new store needs an empty folder. `ESTORE_BUSY` another process holds the store's lock.
 * `ESTORE_ROLLBACK` the operation limit would go down. `ESTORE_EPOCH` the epoch would change unasked.
 * `ESTORE_RECORD` a JSON file of the store is broken. `ESTORE_MISPLACED` a sidecar lies in the place of another object's.
 * `ESTORE_OBJECT_EXISTS`, `ESTORE_OBJECT_MISSING`.
 * `ESTORE_CONFLICT` objects/ and trash/ both hold the object's data. `ESTORE_BATCH_FAILED` a batch used after it failed.
 */
export type StoreErrorCode =
  | 'ESTORE_UNREACHABLE'
  | 'ESTORE_FOREIGN'
  | 'ESTORE_NOT_EMPTY'
  | 'ESTORE_BUSY'
  | 'ESTORE_ROLLBACK'
  | 'ESTORE_EPOCH'
  | 'ESTORE_RECORD'
  | 'ESTORE_MISPLACED'
  | 'ESTORE_OBJECT_EXISTS'
  | 'ESTORE_OBJECT_MISSING'
  | 'ESTORE_CONFLICT'
  | 'ESTORE_BATCH_FAILED';

/** An archive store is not as the caller needs it. Failures of the system (ENOSPC, EIO, ...) are NativeErrors instead. */
export class StoreError extends OperationalError {
  declare readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** A record that was read and is none of its object: broken, or another one's. */
export const isBadRecord = (error: unknown): error is StoreError =>
  error instanceof StoreError && (error.code === 'ESTORE_RECORD' || error.code === 'ESTORE_MISPLACED');

/** An error of the medium is an answer about one object, and no reason to leave the others unread. */
export const isOfMedium = (error: unknown): boolean => isErrno(error, 'EIO', 'EUCLEAN', 'EBADMSG');
