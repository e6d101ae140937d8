import { grainFor } from '../archive/nonzero-map.js';
import { encodeNonzeroMap } from '../archive/nonzero-map-codec.js';
import type { Sidecar } from '../archive/sidecar.js';
import type { StagedObject, StoreBatch } from '../archive/store-batch.js';
import { newObjectId } from '../dm/identity.js';
import { saturateMtime } from '../dm/saturate-mtime.js';
import { HsmckError, invariant, InvariantError } from '../errors.js';
import { exactSize } from '../native/io.js';
import { leaseIsWhole } from '../native/lock.js';
import { statFd } from '../native/statx.js';
import { settledResults, toTicket, unwind } from './batch-results.js';
import { alive, begin, guard, type Begun } from './begin.js';
import { BadCopyError, BusyError } from './busy-error.js';
import type { FileResult } from './file-result.js';
import type { Session } from './session.js';
import { settle } from './settle.js';
import type { HeldFile } from './take-hold.js';
import type { ObjectInHand } from './ticket.js';
import { giveWay } from './under-lease.js';
import { hintOf } from './resolve-path.js';

/** A file whose copy is staged. */
interface Staged {
  readonly begun: Begun;
  readonly object: StagedObject;
}

function recordObject(session: Session, begun: Begun): void {
  const { file, objectId, op } = begun;
  session.catalog.objects.put({
    objectId,
    storeId: session.filesystem.storeId,
    fs: session.filesystem.fs,
    ...file.path.id,
    status: 'incomplete',
    op,
    sizeBytes: begun.mark.sizeBytes,
    mtimeNs: begun.mark.mtimeNs,
    sha256: undefined,
    grainBytes: grainFor(session.mount.geometry.blockSizeBytes),
    nonzeroMap: undefined,
    nonzeroBytes: 0n,
    mapCoarse: false,
    createdMs: session.nowMs(),
    verifiedMs: undefined,
    trashedMs: undefined,
    trashReason: undefined,
    pathHint: hintOf(file.path),
  });
}

async function describe(session: Session, begun: Begun): Promise<Omit<Sidecar, 'sizeBytes' | 'sha256' | 'map'>> {
  const { file, objectId, op } = begun;
  const { stat } = file;
  const { catalogId, epoch } = await session.store.identity();
  return {
    objectId,
    storeId: session.store.storeId,
    catalogId,
    epoch,
    op,
    fsId: session.filesystem.fs,
    fsRandomId: session.filesystem.randomId,
    ...file.path.id,
    mtimeNs: begun.mark.mtimeNs,
    btimeNs: stat.btimeNs,
    uid: stat.uid,
    gid: stat.gid,
    mode: stat.mode,
    path: hintOf(file.path),
    archivedAtMs: session.nowMs(),
  };
}

/** Copies one file into the store, under its lease, unchanged from the mark to the end of the copy. */
async function stage(session: Session, batch: StoreBatch, begun: Begun): Promise<Staged> {
  const { file, marked } = begun;
  invariant(marked !== undefined, 'a file is marked before it is copied');
  session.passStep('archive:before-put');
  const sidecar = await describe(session, begun);
  const object = await batch.stage({
    objectId: begun.objectId,
    source: { fd: file.fd, sizeBytes: exactSize(marked.sizeBytes), target: file.target },
    grainBytes: grainFor(session.mount.geometry.blockSizeBytes),
    onChunk: giveWay(session, file, 'archived'),
    describe: ({ sizeBytes, sha256, map }) => ({ ...sidecar, sizeBytes: BigInt(sizeBytes), sha256, map }),
  });
  const now = statFd(file.fd, file.target);
  const same = now.sizeBytes === marked.sizeBytes && now.mtimeNs === marked.mtimeNs && now.ctimeNs === marked.ctimeNs;
  if (!same || !leaseIsWhole(file.fd, file.lease, file.target)) {
    await batch.discard(object);
    throw new BusyError(file.target, 'it was touched while it was being archived');
  }
  return { begun, object };
}

async function stageAll(session: Session, batch: StoreBatch, all: readonly Begun[]): Promise<Staged[]> {
  const staged: Staged[] = [];
  for (const begun of all) {
    try {
      staged.push(await stage(session, batch, begun));
    } catch (error) {
      if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
      begun.failure = error;
    }
  }
  return staged;
}

/** Staged and committed, or each with its failure. */
async function put(session: Session, all: readonly Begun[]): Promise<Staged[]> {
  const batch = await session.store.beginBatch({
    sync: all.length > 1 ? 'together' : 'each',
    onStep: (step, tear) => {
      session.passStep(step === 'after-commit' ? 'archive:after-put' : `archive:${step}`, tear);
    },
  });
  try {
    const staged = await stageAll(session, batch, all);
    if (staged.length > 0) await batch.commit(staged.map(({ object }) => object));
    return staged;
  } finally {
    await batch.close();
  }
}

/** Reads each copy back from the medium; only then may anything rely on it. */
async function verify(session: Session, staged: readonly Staged[]): Promise<void> {
  for (const { begun, object } of staged) {
    try {
      const expected = { sizeBytes: BigInt(object.content.sizeBytes), sha256: object.content.sha256 };
      const verdict = await session.store.verify(begun.objectId, expected, giveWay(session, begun.file, 'verified'));
      if (verdict !== 'good') {
        throw new BadCopyError(begun.file.target, `the copy just written reads back ${verdict.replace('-', ' ')}`);
      }
    } catch (error) {
      if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
      begun.failure = error;
    }
  }
}

function recordVerified(session: Session, staged: readonly Staged[]): void {
  session.passStep('archive:before-verified');
  session.catalog.transaction(() => {
    for (const { begun, object } of staged) {
      const row = session.catalog.objects.find(begun.objectId);
      invariant(row !== undefined, 'the object was recorded with its intent');
      const { sha256, map, sizeBytes } = object.content;
      session.catalog.objects.put({
        ...row,
        status: 'verified',
        sizeBytes: BigInt(sizeBytes),
        sha256,
        nonzeroMap: encodeNonzeroMap(map),
        nonzeroBytes: BigInt(map.nonzeroBytes),
        mapCoarse: map.coarse,
        verifiedMs: session.nowMs(),
      });
    }
  });
  session.passStep('archive:after-verified');
}

function inHand({ begun, object }: Staged): ObjectInHand {
  const { sizeBytes, sha256, map } = object.content;
  const { objectId, mark } = begun;
  return {
    objectId,
    sizeBytes: BigInt(sizeBytes),
    mtimeNs: mark.mtimeNs,
    sha256,
    nonzeroBytes: BigInt(map.nonzeroBytes),
  };
}

/** Copies, verifies, records: what is returned may be bound. */
async function copyAll(session: Session, all: readonly Begun[]): Promise<Staged[]> {
  let staged: Staged[] = [];
  try {
    if (alive(all).length > 0) staged = await put(session, alive(all));
    await verify(session, staged);
    staged = staged.filter(({ begun }) => begun.failure === undefined);
    if (staged.length > 0) recordVerified(session, staged);
    return staged;
  } catch (error) {
    if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
    for (const begun of alive(all))
      guard(begun, () => {
        throw error;
      });
    return [];
  }
}

/**
 * Archives files that are held: protocol "archive". Each ends bound to a verified copy, or as it was.
 */
export async function archiveBatch(session: Session, files: readonly HeldFile[]): Promise<FileResult[]> {
  const requests = files.map((file) => ({
    file,
    objectId: newObjectId(),
    ...(file.row && { previousObjectId: file.row.objectId }),
    sizeBytes: file.stat.sizeBytes,
    mtimeNs: saturateMtime(file.stat.mtimeNs).mtimeNs,
  }));
  const begun = begin(session, 'archive', requests, {
    syncDataFirst: true,
    record: (one) => recordObject(session, one),
  });
  const staged = await copyAll(session, begun);
  const settled = await settle(
    session,
    staged.map((one) => ({
      ticket: toTicket('archive', one.begun, inHand(one)),
      settlement: 'bind',
      fallback: 'unbind',
      mustStayUntouched: true,
    })),
  );
  const failed = begun.filter(({ failure }) => failure !== undefined);
  return [...settledResults('archive', begun, settled), ...(await unwind(session, 'archive', failed, 'unbind'))];
}
