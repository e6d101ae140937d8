/** Real filesystems for tests. */
import { afterAll, beforeAll } from 'vitest';
import {
  createScratchFilesystem,
  type ScratchFilesystem,
  type ScratchOptions,
} from '../../src/cli/demo/scratch-filesystem.js';
import { memoryFolder } from './memory-folder.js';

const SIZE_BYTES = 512 * 1024 * 1024;
const SETUP_TIMEOUT_MS = 120_000;

export type TestFilesystemOptions = Partial<ScratchOptions>;

/** The caller destroys it. */
export function createFilesystem(options: TestFilesystemOptions): ScratchFilesystem {
  const where = memoryFolder === undefined ? {} : { parentFolder: memoryFolder };
  return createScratchFilesystem({ type: 'xfs', sizeBytes: SIZE_BYTES, ...where, ...options });
}

/**
 * One filesystem for all tests of the enclosing `describe`: made before the first, destroyed after the last.
 * XFS of 512 MiB unless the options say otherwise. Call the result inside tests.
 */
export function useFilesystem(options: TestFilesystemOptions = {}): () => ScratchFilesystem {
  let scratch: ScratchFilesystem | undefined;
  beforeAll(() => {
    scratch = createFilesystem(options);
  }, SETUP_TIMEOUT_MS);
  afterAll(() => scratch?.destroy(), SETUP_TIMEOUT_MS);
  return () => {
    if (!scratch) throw new Error('the filesystem exists only while tests run');
    return scratch;
  };
}

/** A filesystem for the length of one function. */
export async function withFilesystem<T>(
  options: TestFilesystemOptions,
  action: (scratch: ScratchFilesystem) => T | Promise<T>,
): Promise<T> {
  const scratch = createFilesystem(options);
  try {
    return await action(scratch);
  } finally {
    scratch.destroy();
  }
}
