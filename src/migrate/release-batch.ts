import { HsmckError, invariant, InvariantError } from '../errors.js';
import { failedResult, settledResults, stoppedResult, toTicket, unwind } from './batch-results.js';
import { alive, begin, type BeginRequest } from './begin.js';
import type { FileResult } from './file-result.js';
import type { ForwardOperation } from './preconditions.js';
import type { Session } from './session.js';
import { settle } from './settle.js';
import { NEVER_NS } from './settle-records.js';
import type { SettlementName } from './settlements.js';
import type { HeldFile } from './take-hold.js';
import { objectInHand } from './ticket.js';
import type { ObjectRow } from '../catalog/object-row.js';
import { giveWay, hashHeldFile } from './under-lease.js';

/** What `begin` needs for a file that is bound already. */
export function requestFor(file: HeldFile): BeginRequest {
  const object = objectInHand(file.object);
  invariant(object !== undefined, 'a bound file has a complete object');
  return { file, objectId: object.objectId, sizeBytes: object.sizeBytes, mtimeNs: object.mtimeNs };
}

/** How long a copy that was read back is taken for good unread. Media rot; a month is what scrubs are run at. */
const VERIFIED_FOR_MS = 30 * 24 * 60 * 60 * 1000;

type CompleteObject = ObjectRow & { readonly sha256: Buffer };

const isComplete = (object: ObjectRow | undefined): object is CompleteObject =>
  object?.sha256 !== undefined && (object.status === 'verified' || object.status === 'complete');

/** Reads a copy back that did not read back the last time, or whose last reading is too long ago; a flaw is remembered. */
async function staleProof(session: Session, file: HeldFile, object: CompleteObject): Promise<FileResult | undefined> {
  const { store, catalog } = session;
  const age = session.nowMs() - (object.verifiedMs ?? 0);
  // A clock that went back makes the age negative: that proves nothing either.
  if (object.status === 'verified' && age >= 0 && age < VERIFIED_FOR_MS) return undefined;
  const expected = { sizeBytes: object.sizeBytes, sha256: object.sha256 };
  const verdict = await store.verify(object.objectId, expected, giveWay(session, file, 'released'));
  if (verdict === 'good') {
    catalog.objects.setVerified(object.objectId, session.nowMs());
    return undefined;
  }
  catalog.objects.setStatus(object.objectId, 'complete');
  return stoppedResult(
    file,
    'conflict',
    `its copy ${object.objectId} does not read back as it was written: archive it again`,
  );
}

/** Why a file's copy must not be relied on, undefined if it may. */
async function copyFlaw(session: Session, file: HeldFile): Promise<FileResult | undefined> {
  const { object } = file;
  if (!isComplete(object)) {
    const why = 'its copy in the archive was never read back, so nothing may be released: archive it again';
    return stoppedResult(file, 'conflict', why);
  }
  const found = await session.store.stat(object.objectId);
  if (found.where === 'objects' && found.sizeBytes === object.sizeBytes) return staleProof(session, file, object);
  const why = `its copy ${object.objectId} is ${found.where === 'objects' ? 'of another size' : 'not'} in the archive store`;
  return stoppedResult(file, 'conflict', `${why}: run "hsmck audit"`);
}

/**
 * Why the file's bytes are not the archived ones, undefined if they are. Equal times would prove nothing: after a crash
 * data can be new while size, mtime and ctime are old.
 */
export async function bytesDiffer(session: Session, file: HeldFile): Promise<FileResult | undefined> {
  const { object, attribute } = file;
  const changed = 'it was changed since it was archived: archive it again';
  if (attribute.kind !== 'own' || file.stat.sizeBytes !== attribute.attribute.sizeBytes) {
    return stoppedResult(file, 'changed', changed);
  }
  const digest = await hashHeldFile(session, file);
  if (object?.sha256?.equals(digest.sha256)) return undefined;
  // The times may say that nothing changed: they must not keep it from being archived again.
  if (file.row !== undefined) session.catalog.files.put({ ...file.row, ctimeNs: NEVER_NS });
  return stoppedResult(file, 'changed', changed);
}

export type Check = (session: Session, file: HeldFile) => Promise<FileResult | undefined>;

/** Runs the checks on each file; the first that has something to say ends it. */
export async function passChecks(
  session: Session,
  files: readonly HeldFile[],
  checks: readonly Check[],
): Promise<{ readonly fit: HeldFile[]; readonly results: FileResult[] }> {
  const fit: HeldFile[] = [];
  const results: FileResult[] = [];
  for (const file of files) {
    try {
      let stopped: FileResult | undefined;
      for (const check of checks) stopped ??= await check(session, file);
      if (stopped === undefined) fit.push(file);
      else results.push(stopped);
    } catch (error) {
      if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
      results.push(failedResult(file, error));
    }
  }
  return { fit, results };
}

/** How files that passed their checks go on. */
export interface Way {
  readonly settlement: SettlementName;
  /** Where they go if somebody comes near before anything was destroyed. */
  readonly back: SettlementName;
  /**
   * A person decided that the files count as they are: what is in memory of them is made durable first, and the intent
   * says so by naming the copy as the earlier one, too.
   */
  readonly keepsFile?: true;
}

/** Marks files that passed their checks, and settles them. */
export async function settleFit(
  session: Session,
  operation: ForwardOperation,
  fit: readonly HeldFile[],
  way: Way,
): Promise<FileResult[]> {
  if (fit.length === 0) return [];
  const requests = fit.map(requestFor).map((request) => {
    return way.keepsFile ? { ...request, previousObjectId: request.objectId } : request;
  });
  const begun = begin(session, operation, requests, way.keepsFile ? { syncDataFirst: true } : {});
  const settled = await settle(
    session,
    alive(begun).map((one) => ({
      ticket: toTicket(operation, one, objectInHand(one.file.object)),
      settlement: way.settlement,
      fallback: way.back,
    })),
  );
  const failed = begun.filter(({ failure }) => failure !== undefined);
  return [...settledResults(operation, begun, settled), ...(await unwind(session, operation, failed, way.back))];
}

/** Releases files that are held: protocol "release". The copy is verified and the bytes equal, or nothing happens. */
export async function releaseBatch(session: Session, files: readonly HeldFile[]): Promise<FileResult[]> {
  const { fit, results } = await passChecks(session, files, [copyFlaw, bytesDiffer]);
  return [...results, ...(await settleFit(session, 'release', fit, { settlement: 'punch', back: 'restore-dual' }))];
}
