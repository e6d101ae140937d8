import { encodeDmAttribute } from '../dm/dm-attribute.js';
import type { FsId, ObjectId, Op } from '../dm/identity.js';
import { saturateMtime } from '../dm/saturate-mtime.js';
import type { AttributeState, FileState } from '../dm/states.js';
import { assertTransition } from '../dm/transitions.js';
import type { InodeId } from '../native/inode-id.js';
import type { Fd } from '../native/io.js';
import { lookAtAttribute } from '../reconcile/attribute-look.js';
import { getAttribute, removeAttribute, setAttribute } from '../native/xattr.js';

export interface AttributeContent {
  readonly objectId: ObjectId;
  readonly op: Op;
  readonly sizeBytes: bigint;
  readonly mtimeNs: bigint;
}

export interface AttributePlace {
  readonly fd: Fd;
  readonly id: InodeId;
  readonly fsId: FsId;
  readonly name: string;
  readonly target: string;
}

/** Called before the write, with the means to do half of it. */
export type BeforeWrite = (tear: () => void) => void;

/**
 * Sets the attribute; not durable until the inode is synced.
 * @throws InvariantError for a transition that the state machine does not have; NativeError
 */
export function writeState(
  place: AttributePlace,
  from: FileState,
  to: AttributeState,
  content: AttributeContent,
  before: BeforeWrite,
): void {
  assertTransition(from, to);
  const { mtimeNs, saturated } = saturateMtime(content.mtimeNs);
  const bytes = encodeDmAttribute({
    version: 1,
    state: to,
    mtimeSaturated: saturated,
    op: content.op,
    objectId: content.objectId,
    ...place.id,
    fsId: place.fsId,
    sizeBytes: content.sizeBytes,
    mtimeNs,
  });
  // What is there already is not written again: an immutable file, say, would refuse, and need not be asked.
  if (getAttribute(place.fd, place.name, place.target)?.equals(bytes)) return before(() => undefined);
  before(() => setAttribute(place.fd, place.name, bytes.subarray(0, bytes.length / 2), place.target));
  setAttribute(place.fd, place.name, bytes, place.target);
}

/**
 * Takes the attribute away: the file is resident; not durable until the inode is synced.
 * @param whose `any`, or the object that an attribute of the file's own has to name: another one stays
 */
export function clearState(place: AttributePlace, from: FileState, before: BeforeWrite, whose: 'any' | ObjectId): void {
  if (from !== 'resident') assertTransition(from, 'resident');
  before(() => undefined);
  const bytes = getAttribute(place.fd, place.name, place.target);
  if (bytes === undefined) return;
  const look = lookAtAttribute(bytes, place.id, place.fsId);
  const isOurs = look.kind === 'own' && look.attribute.objectId === whose;
  if (whose === 'any' || isOurs) removeAttribute(place.fd, place.name, place.target);
}
