/**
 * A file's capabilities (capabilities(7)): the kernel takes them away from a file whenever somebody writes to it, root
 * included (file_remove_privs), and what comes back from the archive has to work as before. So the intent remembers them
 * before the data is changed: a crash between the change and the putting back is mended by recovery.
 */
import { getAttribute, setAttribute } from '../native/xattr.js';
import type { SyncTarget } from './sync-barrier.js';

const CAPABILITY = 'security.capability';

/**
 * The capability of a file, or undefined.
 * @throws NativeError
 */
export const readCapability = ({ fd, target }: SyncTarget): Buffer | undefined => getAttribute(fd, CAPABILITY, target);

/** Changes a file's data and keeps its capability. Durable with the sync that follows the data. */
export async function keepCapability(file: SyncTarget, changeData: () => void | Promise<void>): Promise<void> {
  const before = readCapability(file);
  await changeData();
  if (before !== undefined && !readCapability(file)?.equals(before)) restoreCapability(file, before);
}

/**
 * Puts back what a change of the file's data took away.
 * @throws NativeError
 */
export function restoreCapability(file: SyncTarget, capability: Buffer): void {
  setAttribute(file.fd, CAPABILITY, capability, file.target);
}
