import { readCapability } from '../migrate/keep-capability.js';
import type { SyncTarget } from '../migrate/sync-barrier.js';
import type { DecisionFacts } from './decision-facts.js';
import type { Evidence } from './evidence.js';

/**
 * Whether nobody has written to the file since the operation began: the bytes are the copy's, or missing, and size and
 * mtime are what they were. Whoever writes to a file takes its capability away, and that stands.
 */
export function isUnwritten({ bytes, times }: Pick<DecisionFacts, 'bytes' | 'times'>): boolean {
  return bytes !== 'differing' && bytes !== 'unknown' && (times === 'same' || times === 'ctime-moved');
}

/**
 * The capability that the interrupted operation took away by changing the data, and had no time to put back; undefined
 * where there is nothing to put back.
 * @throws NativeError
 */
export function lostCapability(file: SyncTarget, { look, facts }: Evidence): Buffer | undefined {
  const capability = look.intent?.capability;
  if (capability === undefined || !isUnwritten(facts)) return undefined;
  return readCapability(file) === undefined ? capability : undefined;
}
