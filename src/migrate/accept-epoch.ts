/**
 * Going on after a rollback. The administrator accepts the filesystem as it is; the catalog begins a new epoch whose
 * numbers lie above every mark. That is one transaction of the catalog. The marks themselves are not touched: they are of
 * an epoch that the catalog has behind it then, and agree. The next run that writes moves them, in the order of
 * operation-marks.ts. So a crash leaves a rollback that is not accepted yet, or one that is.
 */
import type { Catalog } from '../catalog/catalog.js';
import { newEpoch } from '../catalog/create-catalog.js';
import type { FilesystemRow } from '../catalog/filesystem-rows.js';
import type { OpState } from '../catalog/operation-numbers.js';
import { toOp, type Op } from '../dm/identity.js';
import type { PathBytes } from '../native/io.js';
import {
  judgeRootMark,
  openRegistered,
  readRootMark,
  type RegisteredFilesystem,
} from '../reconcile/registered-filesystem.js';
import { reachStoreOf } from './open-session.js';
import { aloneWithMarks, BLOCK_OPS } from './operation-marks.js';
import { rollbackOf, type JudgedMarks, type RollbackKind } from './rollback.js';

/** What accepting makes of the catalog. */
export interface Acceptance {
  readonly kind: RollbackKind;
  readonly earlierEpoch: bigint;
  readonly epoch: bigint;
  /** The first number of the new epoch: above all that any mark tells of. */
  readonly opLimit: Op;
  /** The epochs of the marks: known as former ones from then on, together with the earlier one. */
  readonly markEpochs: readonly bigint[];
  /** The root inode's mark, which is the truth from then on. */
  readonly rootMark: Op;
}

/** Everything that says how far operation numbers have come. */
export interface KnownNumbers {
  readonly numbers: OpState;
  readonly filesystems: readonly Pick<FilesystemRow, 'markAnnounced'>[];
  readonly marks: JudgedMarks;
}

const highest = (ops: readonly Op[]): Op => ops.reduce((a, b) => (a > b ? a : b));

/** What accepting would do; undefined where the marks agree and nothing is to be accepted. Pure. */
export function decideAcceptance(known: KnownNumbers, epoch: bigint): Acceptance | undefined {
  const { numbers, filesystems, marks } = known;
  const rollback = rollbackOf(marks);
  if (rollback === undefined) return undefined;
  const { opLimit, announcedLimit } = numbers;
  const announced = filesystems.map(({ markAnnounced }) => markAnnounced);
  const top = highest([opLimit, announcedLimit, marks.root.opLimit, marks.store.opLimit, ...announced]);
  return {
    kind: rollback.kind,
    earlierEpoch: numbers.epoch,
    epoch,
    // A block more: what another history has announced and not yet written is never given out again either.
    opLimit: toOp(top + BLOCK_OPS),
    markEpochs: [...new Set([marks.root.epoch, marks.store.epoch])].filter((one) => one !== numbers.epoch),
    rootMark: marks.root.opLimit,
  };
}

type Subject = Pick<RegisteredFilesystem, 'catalog' | 'filesystem' | 'mount'>;

async function judgeMarks(subject: Subject): Promise<JudgedMarks> {
  const { catalog, filesystem, mount } = subject;
  const { mark, verdict } = await reachStoreOf(subject);
  const rootVerdict = judgeRootMark(catalog, mount, filesystem.fs);
  return { root: readRootMark(mount), rootVerdict, store: mark, storeVerdict: verdict };
}

/**
 * What `acceptEpoch` would do now. Writes nothing.
 * @throws StoreError ESTORE_UNREACHABLE, ESTORE_FOREIGN: the store's mark has to be known
 */
export async function planAcceptance(subject: Subject): Promise<Acceptance | undefined> {
  const { catalog } = subject;
  const marks = await judgeMarks(subject);
  return decideAcceptance({ numbers: catalog.ops.state(), filesystems: catalog.filesystems.list(), marks }, newEpoch());
}

const WHY: Readonly<Record<RollbackKind, string>> = {
  'catalog-behind': 'this catalog was put back, and the filesystem was further',
  'filesystem-behind': 'the filesystem was put back, and this catalog was further',
};

function record(catalog: Catalog, { fs }: Pick<FilesystemRow, 'fs'>, acceptance: Acceptance, nowMs: number): void {
  const { kind, earlierEpoch, epoch, opLimit, markEpochs, rootMark } = acceptance;
  catalog.transaction(() => {
    catalog.formerEpochs.add({ epoch: earlierEpoch, leftMs: nowMs, why: WHY[kind] });
    for (const one of markEpochs) {
      catalog.formerEpochs.add({ epoch: one, leftMs: nowMs, why: 'a mark was of it, and was taken over' });
    }
    catalog.ops.adopt({ epoch, opLimit });
    catalog.filesystems.acceptMark(fs, rootMark, opLimit);
  });
}

/**
 * Accepts the filesystem as it is, whatever the marks say: the catalog begins a new epoch. Nothing else is written.
 * @returns undefined where the marks agree: then nothing was done
 * @throws OperationalError, CatalogError, StoreError: nothing was changed then
 */
export async function acceptEpoch(options: {
  readonly catalogPath: string;
  readonly mountPath: PathBytes;
}): Promise<Acceptance | undefined> {
  const subject = openRegistered({ ...options, mode: 'write' });
  try {
    return await aloneWithMarks(subject.catalog.path, async () => {
      const acceptance = await planAcceptance(subject);
      if (acceptance !== undefined) record(subject.catalog, subject.filesystem, acceptance, Date.now());
      return acceptance;
    });
  } finally {
    subject.close();
  }
}
