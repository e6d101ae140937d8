import type { Catalog } from '../catalog/catalog.js';
import type { FilesystemRow } from '../catalog/filesystem-rows.js';
import type { Op } from '../dm/identity.js';
import { invariant } from '../errors.js';
import type { Acceptance } from '../migrate/accept-epoch.js';
import type { Rollback, RollbackKind } from '../migrate/rollback.js';

/** What is known of the past of catalog and filesystem, beyond the records of one file. */
export interface History {
  /** Operations on the filesystem have lower numbers than this; undefined: than the catalog's next. */
  readonly opsBelow?: Op;
  /** True for epochs of this catalog, the former ones included. */
  readonly isOwnEpoch: (epoch: bigint) => boolean;
  /** As in FilesystemRow. */
  readonly acceptedOp: Op;
  /** As in FilesystemRow. */
  readonly keptOp: Op;
  /** Marks disagree and nobody has accepted that: only what takes nothing away is done. */
  readonly adopting?: RollbackKind;
}

interface Subject {
  readonly catalog: Catalog;
  readonly filesystem: Pick<FilesystemRow, 'fs'>;
  readonly rollback?: Rollback;
}

/** The history as the catalog has it now. */
export function historyOf({ catalog, filesystem, rollback }: Subject): History {
  const row = catalog.filesystems.find(filesystem.fs);
  invariant(row !== undefined, 'a registered filesystem has a row');
  const { epoch } = catalog.ops.state();
  return {
    isOwnEpoch: (one) => one === epoch || catalog.formerEpochs.has(one),
    acceptedOp: row.acceptedOp,
    keptOp: row.keptOp,
    ...(rollback && { adopting: rollback.kind }),
    // An older catalog has not heard of the numbers on the filesystem; its root mark has.
    ...(rollback?.kind === 'catalog-behind' && { opsBelow: rollback.rootLimit }),
  };
}

/** The history as it would be once the administrator had accepted the rollback: for a dry run. */
export function historyOnceAccepted(subject: Subject, acceptance: Acceptance): History {
  const { opLimit, markEpochs } = acceptance;
  const { isOwnEpoch } = historyOf(subject);
  return {
    opsBelow: opLimit,
    isOwnEpoch: (one) => isOwnEpoch(one) || markEpochs.includes(one),
    acceptedOp: opLimit,
    keptOp: opLimit,
  };
}

/** Whether what a deleted file left behind under this operation stays until the administrator says otherwise. */
export function isKept({ keptOp }: Pick<History, 'keptOp'>, ops: readonly (Op | undefined)[]): boolean {
  const known = ops.filter((op) => op !== undefined);
  // What nobody has a number of may be of any time.
  return known.length === 0 ? keptOp > 0n : known.some((op) => op < keptOp);
}
