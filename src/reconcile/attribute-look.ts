import type { DmAttribute } from '../dm/dm-attribute.js';
import { decodeDmAttribute } from '../dm/dm-attribute.js';
import { identify } from '../dm/identify.js';
import type { FsId } from '../dm/identity.js';
import type { InodeId } from '../native/inode-id.js';

/** What an inode's DM attribute turns out to be. `own`, `copied` and `foreign` are intact. */
export type AttributeLook =
  | { readonly kind: 'none' }
  | { readonly kind: 'own' | 'copied' | 'foreign'; readonly attribute: DmAttribute }
  | { readonly kind: 'corrupt'; readonly why: string }
  | { readonly kind: 'newer'; readonly version: number };

/** Judges the bytes found on an inode (undefined: no attribute). Pure. */
export function lookAtAttribute(bytes: Buffer | undefined, id: InodeId, fsId: FsId): AttributeLook {
  if (bytes === undefined) return { kind: 'none' };
  const decoded = decodeDmAttribute(bytes);
  if (decoded.kind !== 'valid') return decoded;
  return { kind: identify(decoded.attribute, { ...id, fsId }), attribute: decoded.attribute };
}

/** The state that the inode is in as far as its attribute says; undefined where it says nothing of this inode. */
export function stateOf(look: AttributeLook): DmAttribute['state'] | 'resident' | undefined {
  if (look.kind === 'none') return 'resident';
  return look.kind === 'own' ? look.attribute.state : undefined;
}
