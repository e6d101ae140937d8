import type { IntentRow } from '../catalog/intent-rows.js';
import { ownerIsAlive } from '../catalog/owner-lock.js';
import { closeLeased, leaseIsWhole, takeLease } from '../native/lock.js';
import { describeInode, type InodeId } from '../native/inode-id.js';
import { isErrno } from '../native/native-error.js';
import { statFd } from '../native/statx.js';
import { secondLook, type LookContext } from '../reconcile/second-look.js';
import type { OpenCandidate } from './evidence.js';

export type CandidateHold =
  | { readonly kind: 'open'; readonly candidate: OpenCandidate }
  | { readonly kind: 'skip'; readonly why: string }
  /** The file is gone for certain, and an operation on it is still open: nothing is left to be settled but that. */
  | { readonly kind: 'vanished'; readonly intent: IntentRow; readonly why: string };

const skip = (why: string): CandidateHold => ({ kind: 'skip', why });

const GONE: Readonly<Record<string, string>> = {
  gone: 'the file was deleted meanwhile',
  reused: 'the file was deleted and its inode number is used by another one',
  unreadable: 'the inode cannot be read',
};

/** What keeps a file from being opened at all; a living owner's lease would break. */
function lookBeforeOpening(context: LookContext, id: InodeId): CandidateHold | undefined {
  const { catalog, access, fs } = context;
  const intent = catalog.intents.findByInode(fs, id);
  const owner = intent && catalog.owners.find(intent.ownerId);
  if (owner && ownerIsAlive(owner, catalog.path)) return skip(`process ${owner.pid} on ${owner.host} is at work on it`);
  if (access.locate(id).kind === 'present') return undefined;
  // That it is gone must hold for longer than a moment.
  const look = secondLook(context, id);
  const { kind } = look.presence;
  if ((kind === 'gone' || kind === 'reused') && look.intent !== undefined && !look.changing) {
    return { kind: 'vanished', intent: look.intent, why: `${GONE[kind] ?? ''}; its open operation is closed` };
  }
  return skip(GONE[kind] ?? 'it is not there');
}

/**
 * Opens a file that recovery may act on. To act, its write lease is taken first and everything is looked at under it;
 * for a dry run it is opened for reading, and nothing is promised about the next moment.
 * @throws NativeError, CatalogError
 */
export function holdCandidate(context: LookContext, id: InodeId, purpose: 'act' | 'plan'): CandidateHold {
  const target = describeInode(id);
  const inTheWay = lookBeforeOpening(context, id);
  if (inTheWay !== undefined) return inTheWay;
  let fd;
  try {
    fd = context.access.openInvisible(id, purpose === 'act' ? 'write' : 'read');
  } catch (error) {
    if (isErrno(error, 'EAGAIN', 'ETXTBSY')) return skip('somebody has it open');
    throw error;
  }
  let held = false;
  try {
    if (purpose === 'act' && !(takeLease(fd, 'write', target) && leaseIsWhole(fd, 'write', target))) {
      return skip('somebody has it open');
    }
    const look = secondLook({ ...context, isHeld: true }, id);
    if (look.changing) return skip('it keeps changing');
    if (look.owner?.alive) return skip(`process ${look.owner.pid} on ${look.owner.host} is at work on it`);
    const stat = statFd(fd, target);
    held = true;
    return { kind: 'open', candidate: { look, fd, stat, target } };
  } finally {
    if (!held) closeLeased(fd, target);
  }
}
