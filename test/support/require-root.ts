import fs from 'node:fs';
import { describe } from 'vitest';

/**
 * True where tests can make loop filesystems. Where they cannot, a developer's run leaves these tests out, but under CI
 * it is an error: a green run must have run everything.
 */
export function requireRoot(): boolean {
  const missing = [
    process.getuid?.() === 0 ? '' : 'root',
    fs.existsSync('/dev/loop-control') ? '' : 'loop devices (/dev/loop-control)',
  ].filter((what) => what !== '');
  if (missing.length > 0 && process.env['CI']) throw new Error(`these tests need ${missing.join(' and ')}`);
  return missing.length === 0;
}

/** `describe` for tests on real filesystems. */
export const describeAsRoot: typeof describe.skip = describe.skipIf(!requireRoot()) as typeof describe.skip;
