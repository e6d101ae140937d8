/**
 * What a file is going to rely on: its copy lies among the objects, durably, and the catalog knows it. All of that comes
 * before any record of the file changes.
 */
import { HsmckError, InvariantError } from '../errors.js';
import type { Session } from '../migrate/session.js';
import { adoptSidecar, type CopyFacts } from './copy-facts.js';
import type { Evidence } from './evidence.js';
import { needsCopyLive, reliesOnCopy } from './relies-on-copy.js';
import type { Verdict } from './rule.js';

interface Decided {
  readonly evidence: Evidence;
  readonly verdict: Verdict;
}

/** The copy that a file needs; a file that is only filled from it need not be told of to the catalog. */
function copyOf({ evidence: { copy }, verdict: { settlement } }: Decided): CopyFacts | undefined {
  if (copy?.fact !== 'good') return undefined;
  return reliesOnCopy(settlement) || (copy.isInTrash && needsCopyLive(settlement)) ? copy : undefined;
}

function failureOf(error: unknown): HsmckError {
  if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
  return error;
}

/** Before the move: a crash behind it leaves a copy that is read back at the next look, not one that counts as dropped. */
function recordWanted({ catalog }: Session, copies: readonly CopyFacts[]): void {
  catalog.transaction(() => {
    for (const { objectId } of copies) catalog.objects.setUnproven(objectId);
  });
}

/** Few copies are moved one by one; for more it is cheaper to sync the whole store. */
const RESTORE_EACH_MAX = 2;

type Wanted<D> = { readonly one: D; readonly copy: CopyFacts };

/** Moves copies back; each move is durable when it returns. */
async function restoreEach<D>(
  { store }: Session,
  wanted: readonly Wanted<D>[],
  failed: Map<D, HsmckError>,
): Promise<void> {
  for (const { one, copy } of wanted) {
    try {
      await store.restore(copy.objectId);
    } catch (error) {
      failed.set(one, failureOf(error));
    }
  }
}

/** Moves copies back together, durably; what fails of the syncs that they share fails all of them. */
async function restoreTogether<D>(
  { store }: Session,
  wanted: readonly Wanted<D>[],
  failed: Map<D, HsmckError>,
): Promise<void> {
  try {
    const unmoved = await store.restoreMany(wanted.map(({ copy }) => copy.objectId));
    for (const { one, copy } of wanted) {
      const error = unmoved.get(copy.objectId);
      if (error !== undefined) failed.set(one, error);
    }
  } catch (error) {
    const shared = failureOf(error);
    for (const { one } of wanted) failed.set(one, shared);
  }
}

/** Moves copies back from the trash, durably. */
async function restoreCopies<D extends Decided>(session: Session, due: readonly D[]): Promise<Map<D, HsmckError>> {
  const failed = new Map<D, HsmckError>();
  const inTrash = due.flatMap((one): Wanted<D>[] => {
    const copy = copyOf(one);
    return copy?.isInTrash ? [{ one, copy }] : [];
  });
  if (inTrash.length === 0) return failed;
  recordWanted(
    session,
    inTrash.map(({ copy }) => copy),
  );
  const pass = (step: 'recover:before-restore' | 'recover:after-restore'): void => {
    for (const { one } of inTrash.filter((wanted) => !failed.has(wanted.one))) {
      try {
        session.passStep(step);
      } catch (error) {
        failed.set(one, failureOf(error));
      }
    }
  };
  pass('recover:before-restore');
  const ready = inTrash.filter(({ one }) => !failed.has(one));
  await (ready.length > RESTORE_EACH_MAX ? restoreTogether : restoreEach)(session, ready, failed);
  pass('recover:after-restore');
  return failed;
}

/** Copies that were completed, or moved back, without the catalog hearing of it, or that it has as dropped by mistake. */
function recordCopies({ catalog, nowMs }: Session, copies: readonly CopyFacts[]): void {
  catalog.transaction(() => {
    for (const { objectId, sidecar, isInTrash, isCountedOut } of copies) {
      if (sidecar) adoptSidecar(catalog, sidecar, nowMs());
      else if (isInTrash || isCountedOut) catalog.objects.setVerified(objectId, nowMs());
    }
  });
}

/**
 * Makes ready what files rely on once they are settled. Copies that lie in the trash are moved back. Whoever put a copy
 * may have died before its last sync: it reads back well, and is gone with the archive's next power cut; so it is made
 * durable. Then the catalog hears of it.
 * @returns what failed: nothing may be settled there
 * @throws CatalogError, InvariantError
 */
export async function readyCopies<D extends Decided>(session: Session, due: readonly D[]): Promise<Map<D, HsmckError>> {
  const failed = await restoreCopies(session, due);
  const ready = due.filter((one) => !failed.has(one));
  const copies = ready.flatMap((one) => copyOf(one) ?? []);
  if (copies.length === 0) return failed;
  try {
    await session.store.secure(copies.map(({ objectId }) => objectId));
  } catch (error) {
    const unsafe = failureOf(error);
    return new Map([...failed, ...ready.map((one) => [one, unsafe] as const)]);
  }
  recordCopies(session, copies);
  return failed;
}
