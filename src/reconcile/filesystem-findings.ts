import type { IdRange } from './copies-left.js';
import type { Finding } from './finding.js';
import type { ReconcileScope } from './reconcile-task.js';
import type { RegisteredFilesystem } from './registered-filesystem.js';

const PAGE = 256;

/** What is wrong with the root mark, held against the catalog. */
export function markFinding({
  markVerdict,
  rootMark,
  catalog,
  filesystem,
}: Pick<RegisteredFilesystem, 'markVerdict' | 'rootMark' | 'catalog' | 'filesystem'>): Finding | undefined {
  if (markVerdict === 'agree') return undefined;
  const numbers = catalog.ops.state();
  const facts = {
    mark_epoch: rootMark.epoch,
    mark_limit: rootMark.opLimit,
    epoch: numbers.epoch,
    known_limit: filesystem.markLimit,
  };
  const shared = { severity: 'error', facts, action: 'report' } as const;
  if (markVerdict === 'mark-behind') {
    const why = 'the root mark is behind the catalog: an older filesystem was put back, or a snapshot is mounted';
    return { ...shared, class: 'filesystem-behind', why };
  }
  if (markVerdict === 'copied') {
    const why =
      'the root mark was copied from another filesystem together with its files: files that are not here are not deleted';
    return { ...shared, class: 'filesystem-behind', why };
  }
  const why =
    markVerdict === 'catalog-behind'
      ? 'the root mark is further than the catalog: an older catalog was put back'
      : 'the root mark is of another epoch: another catalog has taken the filesystem over';
  return { ...shared, class: 'catalog-behind', why };
}

function renamedFinding({ mount, filesystem }: RegisteredFilesystem): Finding | undefined {
  const { uuid } = mount.geometry;
  if (filesystem.uuid === undefined || filesystem.uuid.equals(uuid)) return undefined;
  return {
    class: 'filesystem-renamed',
    severity: 'info',
    why: 'the filesystem has another UUID than when it was registered; it is known by its own mark, so nothing is wrong',
    facts: { uuid: uuid.toString('hex'), registered_uuid: filesystem.uuid.toString('hex') },
    action: 'none',
  };
}

function* duplicatesIn({ catalog, filesystem }: RegisteredFilesystem, range: IdRange): Generator<Finding> {
  let { after } = range;
  for (;;) {
    const page = catalog.files.duplicateBindings({ after, upTo: range.upTo, limit: PAGE });
    for (const { objectId, files } of page) {
      for (const file of files) {
        if (file.fs !== filesystem.fs) continue;
        yield {
          class: 'duplicate-binding',
          severity: 'error',
          ino: file.ino,
          gen: file.gen,
          ...(file.pathHint && { path: file.pathHint }),
          why: `${files.length} inodes are bound to one archived copy`,
          facts: { object: objectId, bound: files.map(({ ino }) => ino.toString()) },
          action: 'report',
        };
      }
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.objectId;
  }
}

/** Two rows that claim one object, among those of the ranges: no single inode shows it. */
export function* duplicateFindings(subject: RegisteredFilesystem, ranges: readonly IdRange[]): Generator<Finding> {
  for (const range of ranges) yield* duplicatesIn(subject, range);
}

/** What is wrong with the filesystem as a whole. */
export function* filesystemFindings(subject: RegisteredFilesystem, scope: ReconcileScope): Generator<Finding> {
  const mark = markFinding(subject);
  // A check says this too: after a rollback "nothing is interrupted" would be said of records of different ages.
  if (mark) yield mark;
  if (scope === 'interrupted') return;
  const renamed = renamedFinding(subject);
  if (renamed) yield renamed;
}
