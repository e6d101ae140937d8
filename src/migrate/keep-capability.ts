import { getAttribute, setAttribute } from '../native/xattr.js';
import type { SyncTarget } from './sync-barrier.js';

const CAPABILITY = 'security.capability';

/**
 * Changes a file's data and keeps its capabilities (capabilities(7)): the kernel takes them away from a file whenever
 * somebody writes to it, root included (file_remove_privs), and what comes back from the archive has to work as before.
 * Durable with the sync that follows the data.
 */
export async function keepCapability(file: SyncTarget, changeData: () => void | Promise<void>): Promise<void> {
  const before = getAttribute(file.fd, CAPABILITY, file.target);
  await changeData();
  if (before === undefined || getAttribute(file.fd, CAPABILITY, file.target)?.equals(before)) return;
  setAttribute(file.fd, CAPABILITY, before, file.target);
}
