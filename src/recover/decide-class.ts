import type { FindingClass } from '../reconcile/finding.js';

/**
 * Who brings a finding to its end. `table`: the decision table, which may still leave it to a person. `forget`: what a
 * deleted file left behind is dropped. `wait`: it ends by itself. `person`: recovery never acts on it. `nobody`: nothing
 * is wrong.
 */
export type Settler = 'table' | 'forget' | 'wait' | 'person' | 'nobody';

export interface ClassPolicy {
  readonly settler: Settler;
  /** What happens, or why a person has to look. One clause. */
  readonly reason: string;
}

const policy = (settler: Settler, reason: string): ClassPolicy => ({ settler, reason });

/** What recovery does about each class of finding: every class has a policy, or this does not compile. */
const CLASS_POLICIES: Readonly<Record<FindingClass, ClassPolicy>> = {
  interrupted: policy('table', 'completed or reverted by comparing bytes'),
  'open-intent': policy('table', 'completed or reverted by comparing bytes'),
  busy: policy('wait', 'its owner lives and will finish'),
  'attribute-without-row': policy('table', 'its row is made again if the copy is good and this catalog’s'),
  'row-without-inode': policy('forget', 'the file was deleted'),
  'inode-reused': policy('forget', 'the file was deleted'),
  'inode-unreadable': policy('person', 'xfs_repair may save the inode; until then nothing about it is certain'),
  'duplicate-binding': policy(
    'table',
    'the file that identifies itself keeps the copy, the other gets data of its own',
  ),
  'state-mismatch': policy('table', 'attribute, row and bytes decide'),
  'stale-copy': policy('person', 'the file is newer than its copy: archive it again'),
  'metadata-changed': policy('table', 'the times are renewed once the bytes are proven equal'),
  'offline-with-data': policy('table', 'dual if all bytes equal the copy; else what was written is for a person'),
  'resident-with-hole': policy('table', 'filled from the good copy, or marked as offline'),
  'attribute-corrupt': policy('table', 'row and data decide'),
  'attribute-copied': policy(
    'table',
    'taken off whole data; else the file is filled first, or takes the original’s place',
  ),
  'attribute-foreign': policy('table', 'taken off whole data; else the file is filled first'),
  'attribute-newer': policy('person', 'only the version that wrote it knows what it says'),
  'archive-missing': policy(
    'table',
    'a file that is whole by its hash becomes resident; else the copy has to be found',
  ),
  'archive-size-mismatch': policy(
    'table',
    'a file that is whole by its hash becomes resident, the copy goes to the trash',
  ),
  'archive-digest-mismatch': policy(
    'table',
    'a file that is whole by its hash becomes resident, the copy goes to the trash',
  ),
  'archive-orphan': policy('forget', 'the copy goes to the trash if no attribute names it'),
  'archive-other-owner': policy('person', 'another catalog or epoch may count on it'),
  'catalog-behind': policy('person', 'an older catalog was put back: its records are no ground to act on'),
  'filesystem-behind': policy('person', 'an older filesystem was put back: its attributes are no ground to act on'),
  'filesystem-renamed': policy('nobody', 'it is known by its own mark'),
  'data-lost': policy('person', 'no good copy is known: a backup, or the medium, has to give it back'),
  conflict: policy('person', 'two versions are there, and no record says which is wanted: both are kept'),
  changing: policy('wait', 'somebody is writing to it'),
};

/** What recovery does about findings of a class. */
export const decideClass = (findingClass: FindingClass): ClassPolicy => CLASS_POLICIES[findingClass];
