import { BEGIN_MUTANTS } from './begin-mutants.js';
import { BOUNDARY_MUTANTS } from './boundary-mutants.js';
import { GUARD_MUTANTS } from './guard-mutants.js';
import { IDENTITY_MUTANTS } from './identity-mutants.js';
import type { Mutant } from './mutant.js';
import { RECORD_MUTANTS } from './record-mutants.js';
import { RECOVER_MUTANTS } from './recover-mutants.js';
import { SETTLE_MUTANTS } from './settle-mutants.js';

/** Every rule of the protocol, switched off. */
export const MUTANTS: readonly Mutant[] = [
  ...BEGIN_MUTANTS,
  ...SETTLE_MUTANTS,
  ...RECORD_MUTANTS,
  ...RECOVER_MUTANTS,
  ...BOUNDARY_MUTANTS,
  ...GUARD_MUTANTS,
  ...IDENTITY_MUTANTS,
];
