import type { InodeId } from '../native/inode-id.js';
import type { FsId } from './identity.js';

/** `own`: written to this very inode; `copied`: to another one here; `foreign`: to an inode of another filesystem. */
export type Provenance = 'own' | 'copied' | 'foreign';

/** An inode and the filesystem that it is on. */
export interface InodeOnFilesystem extends InodeId {
  readonly fsId: FsId;
}

/**
 * Whether an attribute names the inode that it was found on. tar, cp, a restore or a snapshot carry attributes along;
 * such a one says nothing of this inode's data.
 */
export function identify(attribute: InodeOnFilesystem, foundOn: InodeOnFilesystem): Provenance {
  if (attribute.fsId !== foundOn.fsId) return 'foreign';
  return attribute.ino === foundOn.ino && attribute.gen === foundOn.gen ? 'own' : 'copied';
}
