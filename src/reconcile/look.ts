import type { FileRow } from '../catalog/file-row.js';
import type { IntentRow } from '../catalog/intent-rows.js';
import type { ObjectRow } from '../catalog/object-row.js';
import type { OwnerRow } from '../catalog/owner-rows.js';
import type { Layout } from '../archive/classify-layout.js';
import type { Op } from '../dm/identity.js';
import type { InodeId } from '../native/inode-id.js';
import type { AttributeLook } from './attribute-look.js';
import type { InodePresence } from './inode-access.js';

/**
 * What a second look at one inode saw, at one moment: everything in it was read twice and did not move in between,
 * unless `changing` says so.
 */
export interface Look {
  readonly id: InodeId;
  readonly changing: boolean;
  readonly presence: InodePresence;
  readonly attribute: AttributeLook;
  readonly row?: FileRow;
  /** The object in question: the attribute's, else the row's, else the intent's. */
  readonly object?: ObjectRow;
  readonly intent?: IntentRow;
  /** The intent's owner; `alive` while its process lives. */
  readonly owner?: OwnerRow & { readonly alive: boolean };
  /** Another inode that the catalog binds to the attribute's object. */
  readonly boundElsewhere?: InodeId;
  /** Looked at only where it decides; `unknown` otherwise. */
  readonly layout: Layout;
  /** The next operation number of the catalog: an attribute at or past it is from the catalog's future. */
  readonly nextOp: Op;
}
