import { describe, expect, it } from 'vitest';
import { BYTES_FACTS, TIMES_FACTS } from '../../../src/recover/decision-facts.js';
import { isUnwritten } from '../../../src/recover/lost-capability.js';

/** Every combination of what the bytes are and what the times say. */
const UNWRITTEN: Readonly<Record<string, readonly string[]>> = {
  equal: ['same', 'ctime-moved'],
  void: ['same', 'ctime-moved'],
  missing: ['same', 'ctime-moved'],
  differing: [],
  unknown: [],
};

describe('a capability is put back only where nobody has written', () => {
  const rows = BYTES_FACTS.flatMap((bytes) => TIMES_FACTS.map((times) => ({ bytes, times })));
  it.each(rows)('bytes $bytes, times $times', ({ bytes, times }) => {
    expect(isUnwritten({ bytes, times })).toBe(UNWRITTEN[bytes]?.includes(times));
  });
});
