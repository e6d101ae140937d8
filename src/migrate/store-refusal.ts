import { HsmckError, InvariantError } from '../errors.js';
import { failedResult } from './batch-results.js';
import type { FileResult } from './file-result.js';
import type { Session } from './session.js';
import type { HeldFile } from './take-hold.js';

/**
 * Fails all of a batch while none of its records is touched, where the store does not take the writes that have to follow
 * (a copy made, a copy moved to the trash). Empty where it takes them.
 */
export async function storeRefusal({ store }: Session, files: readonly HeldFile[]): Promise<FileResult[]> {
  if (files.length === 0) return [];
  try {
    await store.assertWritable();
    return [];
  } catch (error) {
    if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
    return files.map((file) => failedResult(file, error));
  }
}
