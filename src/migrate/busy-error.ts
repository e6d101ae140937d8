import { OperationalError } from '../errors.js';

/** Somebody else came near the file: the operation gave way and the file is whole. */
export class BusyError extends OperationalError {
  constructor(target: string, what: string) {
    super('EBUSYFILE', `${target}: ${what}; left as it was, try again later`);
  }
}

/** The archived copy is not what it should be: nothing was touched. */
export class BadCopyError extends OperationalError {
  constructor(target: string, what: string) {
    super('EBADCOPY', `${target}: ${what}`);
  }
}

/** The user asked to stop. */
export class CancelledError extends OperationalError {
  constructor() {
    super('ECANCELLED', 'cancelled');
  }
}
