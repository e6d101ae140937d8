import { OperationalError } from '../errors.js';

/**
 * `EPLAN`: it is no plan, or not as it was written. `EPLANNEWER`: of a newer version. `EPLANOTHER`: for another filesystem
 * or catalog. `EPLANPLACE`: it cannot be written there.
 */
export type PlanErrorCode = 'EPLAN' | 'EPLANNEWER' | 'EPLANOTHER' | 'EPLANPLACE';

/** A plan file that cannot be used; nothing was changed. */
export class PlanError extends OperationalError {
  constructor(code: PlanErrorCode, message: string) {
    super(code, `${message}. Nothing was changed`);
  }
}
