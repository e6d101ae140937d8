import { invariant } from '../errors.js';
import { punchHole } from '../native/extents.js';
import { exactSize } from '../native/io.js';
import { leaseIsWhole } from '../native/lock.js';
import { statFd } from '../native/statx.js';
import { clearState, writeState, type AttributeContent } from './attribute-write.js';
import { BadCopyError, BusyError } from './busy-error.js';
import { fillFile, tearFill } from './fill-file.js';
import { keepCapability, restoreCapability } from './keep-capability.js';
import type { Session } from './session.js';
import { attempt, attemptTogether, type SettleProgress } from './settle-item.js';
import type { StepName } from './step-names.js';
import { syncBarrier } from './sync-barrier.js';
import type { AttributeTarget } from './settlements.js';
import type { Ticket } from './ticket.js';

/**
 * Up to the end of the last block: punching [0, size) would leave the tail of a partial block, and with it data that an
 * `offline` file must not have. Preallocation behind it is the user's.
 */
function punchLength(session: Session, sizeBytes: number): number {
  const block = session.mount.geometry.blockSizeBytes;
  return Math.ceil(sizeBytes / block) * block;
}

/** What is torn is torn between blocks: filesystems write no half ones. */
function wholeBlocks(session: Session, bytes: number): number {
  const block = session.mount.geometry.blockSizeBytes;
  return Math.floor(bytes / block) * block;
}

/**
 * Hours may lie between the first look at a copy and the punch: whoever has read it back meanwhile and found it bad (an audit)
 * has said so in the catalog.
 */
function assertCopyStands({ catalog }: Session, { operation, object, target }: Ticket): void {
  if (operation !== 'release' || catalog.objects.find(object.objectId)?.status === 'verified') return;
  throw new BadCopyError(
    target,
    `its copy ${object.objectId} was found bad meanwhile; left as it was: archive it again`,
  );
}

async function punch(session: Session, ticket: Ticket): Promise<void> {
  const length = punchLength(session, exactSize(ticket.before.sizeBytes));
  const tear = (): void => {
    const half = wholeBlocks(session, length / 2);
    if (half > 0) punchHole(ticket.fd, 0, half, ticket.target);
  };
  session.passStep(ticket.operation === 'recover' ? 'recover:before-punch' : 'release:before-punch', tear);
  // The last look before the irreversible act. The kernel tells of a break at once and lets the opener in only after
  // lease-break-time, so what is whole here stays ours for seconds; the punch takes microseconds.
  if (!leaseIsWhole(ticket.fd, ticket.lease, ticket.target)) {
    throw new BusyError(ticket.target, 'it was opened just before its data would have been released');
  }
  const now = statFd(ticket.fd, ticket.target);
  if (now.sizeBytes !== ticket.before.sizeBytes || now.mtimeNs !== ticket.before.mtimeNs) {
    throw new BusyError(ticket.target, 'it was changed just before its data would have been released');
  }
  assertCopyStands(session, ticket);
  if (length > 0) await keepCapability(ticket, () => punchHole(ticket.fd, 0, length, ticket.target));
  session.passStep(ticket.operation === 'recover' ? 'recover:after-punch' : 'release:after-punch');
}

async function fill(session: Session, progress: SettleProgress): Promise<void> {
  const { ticket } = progress.item;
  const { temporary } = progress;
  invariant(temporary !== undefined, 'a fill has its temporary file');
  const source = { fd: temporary, target: `temporary file for ${ticket.target}` };
  const sizeBytes = exactSize(ticket.object.sizeBytes);
  const { blockSizeBytes } = session.mount.geometry;
  session.passStep(ticket.operation === 'recover' ? 'recover:before-fill' : 'recall:before-fill', () =>
    tearFill(source, ticket, wholeBlocks(session, sizeBytes / 2)),
  );
  if (!leaseIsWhole(ticket.fd, ticket.lease, ticket.target)) {
    throw new BusyError(ticket.target, 'it was opened just before its data would have come back');
  }
  if (statFd(ticket.fd, ticket.target).sizeBytes !== ticket.object.sizeBytes) {
    throw new BusyError(ticket.target, 'its size changed just before its data would have come back');
  }
  await keepCapability(ticket, () => fillFile(source, ticket, { sizeBytes, blockSizeBytes }));
  session.passStep(ticket.operation === 'recover' ? 'recover:after-fill' : 'recall:after-fill');
}

/** Punches and fills, and puts back what interrupted ones took. Who comes too close before it gives way; nothing of that file was changed then. */
export async function changeAllData(session: Session, live: readonly SettleProgress[]): Promise<void> {
  for (const progress of live) {
    await attempt(progress, async () => {
      try {
        if (progress.plan.data === 'punch') await punch(session, progress.item.ticket);
        if (progress.plan.data === 'fill') await fill(session, progress);
        const { ticket } = progress.item;
        if (ticket.lostCapability !== undefined) restoreCapability(ticket, ticket.lostCapability);
      } catch (error) {
        if (!(error instanceof BusyError) && !(error instanceof BadCopyError)) throw error;
        progress.gaveWay = error;
      }
    });
  }
}

/** Recovery finds data that nobody has synced for certain, so it syncs even where it changes none. */
function needsDataSync(progress: SettleProgress): boolean {
  return progress.plan.data !== 'none' || progress.item.ticket.operation === 'recover';
}

/** The barrier behind the data, and the one behind the attribute. */
export async function syncAll(
  session: Session,
  live: readonly SettleProgress[],
  what: 'data' | 'attribute',
): Promise<void> {
  const due = what === 'data' ? live.filter(needsDataSync) : live.filter(({ plan }) => plan.attribute !== 'keep');
  const [first] = due;
  if (first === undefined) return;
  await attemptTogether(due, () => {
    syncBarrier(
      session.mount.rootFd,
      due.map((progress) => progress.item.ticket),
    );
    const { operation } = first.item.ticket;
    if (what === 'attribute') session.passStep(`${operation}:after-settle-sync`);
    else if (operation === 'release' || operation === 'recall' || operation === 'recover') {
      session.passStep(`${operation}:after-data-sync`);
    }
  });
}

function contentOf(ticket: Ticket): AttributeContent {
  return { ...ticket.object, op: ticket.op };
}

/** What a file that was dual before carried: the row repeats it. */
function previousContent(ticket: Ticket): AttributeContent | undefined {
  const { row } = ticket;
  return row === undefined ? undefined : { ...row };
}

function resolveTarget(
  ticket: Ticket,
  target: AttributeTarget,
): { to: 'dual' | 'offline' | 'none'; content: AttributeContent } {
  if (target === 'previous') {
    const content = previousContent(ticket);
    return content ? { to: ticket.row?.state ?? 'dual', content } : { to: 'none', content: contentOf(ticket) };
  }
  invariant(target !== 'keep', 'an attribute that is kept is not resolved');
  return { to: target, content: contentOf(ticket) };
}

function setOne(session: Session, progress: SettleProgress): void {
  const { ticket } = progress.item;
  const { to, content } = resolveTarget(ticket, progress.plan.attribute);
  const place = {
    fd: ticket.fd,
    id: ticket.id,
    fsId: session.filesystem.fs,
    name: session.access.attributeName,
    target: ticket.target,
  };
  const before = (tear: () => void): void => session.passStep(`${ticket.operation}:before-attribute` as StepName, tear);
  // What a person or a restore has put there between intent and mark is not ours to take; recovery judges what it finds.
  if (to === 'none')
    clearState(place, progress.state, before, ticket.operation === 'recover' ? 'any' : content.objectId);
  else writeState(place, progress.state, to, content, before);
  progress.state = to === 'none' ? 'resident' : to;
  session.passStep(`${ticket.operation}:after-attribute` as StepName);
}

/** Sets the attributes, and takes the reference times right behind: nothing of ours moves ctime after this. */
export async function setAllAttributes(session: Session, live: readonly SettleProgress[]): Promise<void> {
  for (const progress of live) {
    await attempt(progress, () => {
      if (progress.plan.attribute !== 'keep') setOne(session, progress);
      progress.after = statFd(progress.item.ticket.fd, progress.item.ticket.target);
    });
  }
}
