import type { IntentRow } from '../catalog/intent-rows.js';
import { dropLease, leaseIsWhole, takeLease } from '../native/lock.js';
import { describeInode, type InodeId } from '../native/inode-id.js';
import { closeFd } from '../native/io.js';
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

/**
 * Opens a file that recovery may act on. To act, its write lease is taken first and everything is looked at under it;
 * for a dry run it is opened for reading, and nothing is promised about the next moment.
 * @throws NativeError, CatalogError
 */
export function holdCandidate(context: LookContext, id: InodeId, purpose: 'act' | 'plan'): CandidateHold {
  const target = describeInode(id);
  const first = secondLook(context, id);
  if (first.owner?.alive) return skip(`process ${first.owner.pid} on ${first.owner.host} is at work on it`);
  const { kind } = first.presence;
  if ((kind === 'gone' || kind === 'reused') && first.intent !== undefined && !first.changing) {
    return { kind: 'vanished', intent: first.intent, why: `${GONE[kind] ?? ''}; its archived copies are kept` };
  }
  if (first.presence.kind !== 'present') return skip(GONE[first.presence.kind] ?? 'it is not there');
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
    if (!held) letCandidateGo({ fd, target });
  }
}

/** Gives lease and descriptor back. */
export function letCandidateGo(candidate: Pick<OpenCandidate, 'fd' | 'target'>): void {
  dropLease(candidate.fd, candidate.target);
  closeFd(candidate.fd);
}
