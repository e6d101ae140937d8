/**
 * From what was seen to a finding: a table, the first row that fits decides, no row means that all is well. Pure.
 */
import { saturateMtime } from '../dm/saturate-mtime.js';
import { isInFlight } from '../dm/states.js';
import { stateOf } from './attribute-look.js';
import type { Finding, FindingAction, FindingClass, Severity } from './finding.js';
import { factsOf } from './finding-facts.js';
import type { Look } from './look.js';

export interface Judgement {
  readonly class: FindingClass;
  readonly severity: Severity;
  readonly action: FindingAction;
  readonly when: (look: Look) => boolean;
  readonly why: (look: Look) => string;
}

const state = (look: Look): ReturnType<typeof stateOf> => stateOf(look.attribute);
const inFlight = (look: Look): boolean => isInFlight(state(look) ?? 'resident');
const isDual = (look: Look): boolean => state(look) === 'dual' && look.row?.state === 'dual';
const isOffline = (look: Look): boolean => state(look) === 'offline' && look.row?.state === 'offline';
const dataIsMissing = (look: Look): boolean => look.layout === 'missing-some' || look.layout === 'missing-all';
const unmarked = (look: Look): boolean => look.attribute.kind === 'none' || look.attribute.kind === 'corrupt';

const stat = (look: Look) => (look.presence.kind === 'present' ? look.presence.stat : undefined);
const sizeMoved = (look: Look): boolean => stat(look)?.sizeBytes !== look.row?.sizeBytes;
const mtimeMoved = (look: Look): boolean => saturateMtime(stat(look)?.mtimeNs ?? 0n).mtimeNs !== look.row?.mtimeNs;
const ctimeMoved = (look: Look): boolean => saturateMtime(stat(look)?.ctimeNs ?? 0n).mtimeNs !== look.row?.ctimeNs;

function bindingDiffers(look: Look): boolean {
  const { attribute, row } = look;
  if (attribute.kind !== 'own' || row === undefined) return false;
  const { state: attributeState, objectId, op, sizeBytes } = attribute.attribute;
  const sameBinding = objectId === row.objectId && op === row.op && sizeBytes === row.sizeBytes;
  return attributeState !== row.state || !sameBinding;
}

/** Who was at work, and what is known of its end. */
function ownerText(look: Look): string {
  const { owner } = look;
  if (owner === undefined) return 'the catalog does not know by whom';
  const who = `by process ${owner.pid} on ${owner.host}`;
  return owner.alive ? `${who}, which is still alive` : `${who}, which is dead`;
}

const INTERRUPTED: Readonly<Record<string, string>> = {
  archiving: 'a copy to the archive was under way',
  releasing: 'its data was about to be punched out, or is',
  recalling: 'its data was on its way back',
  removing: 'its archived copy was being dropped',
};

const BEFORE_ALL: readonly Judgement[] = [
  {
    class: 'changing',
    severity: 'info',
    action: 'wait',
    when: (look) => look.changing,
    why: () => 'it kept changing while it was looked at, so nothing can be said of it',
  },
  {
    class: 'inode-unreadable',
    severity: 'error',
    action: 'report',
    when: (look) => look.presence.kind === 'unreadable',
    why: (look) => {
      const code = look.presence.kind === 'unreadable' ? look.presence.why : '';
      return `the inode is allocated but cannot be read (${code}): unmount and run xfs_repair; its copy is kept`;
    },
  },
  {
    class: 'attribute-newer',
    severity: 'error',
    action: 'report',
    when: (look) => look.attribute.kind === 'newer',
    why: () => 'its attribute was written by a newer version of hsmck: use that version',
  },
  {
    class: 'busy',
    severity: 'info',
    action: 'wait',
    when: (look) => look.owner?.alive === true,
    why: (look) => `${look.intent?.kind ?? 'an operation'} is at work on it, ${ownerText(look)}`,
  },
];

const UNFINISHED: readonly Judgement[] = [
  {
    class: 'interrupted',
    severity: 'error',
    action: 'settle',
    when: inFlight,
    why: (look) => `${INTERRUPTED[state(look) ?? ''] ?? 'an operation was under way'}, ${ownerText(look)}`,
  },
  {
    class: 'open-intent',
    severity: 'error',
    action: 'settle',
    when: (look) => look.intent !== undefined,
    why: (look) => {
      const { kind } = look.presence;
      if (kind === 'gone' || kind === 'reused')
        return `${look.intent?.kind ?? ''} was begun and not finished, ${ownerText(look)}; the file is gone`;
      const seen =
        look.attribute.kind === 'corrupt' ? 'has a torn attribute' : `is ${state(look) ?? 'not of that operation'}`;
      return `${look.intent?.kind ?? ''} was begun and not finished, ${ownerText(look)}; the file ${seen}`;
    },
  },
];

const ATTRIBUTE: readonly Judgement[] = [
  {
    class: 'attribute-corrupt',
    severity: 'error',
    action: 'repair',
    when: (look) => look.attribute.kind === 'corrupt',
    why: (look) => `its attribute is corrupt: ${look.attribute.kind === 'corrupt' ? look.attribute.why : ''}`,
  },
  {
    class: 'attribute-copied',
    severity: 'warning',
    action: 'repair',
    when: (look) => look.attribute.kind === 'copied',
    why: () => 'its attribute belongs to another inode of this filesystem: it came along with a copy or a restore',
  },
  {
    class: 'attribute-foreign',
    severity: 'warning',
    action: 'repair',
    when: (look) => look.attribute.kind === 'foreign',
    why: () => 'its attribute belongs to an inode of another filesystem',
  },
  {
    class: 'catalog-behind',
    severity: 'error',
    action: 'report',
    when: (look) => look.attribute.kind === 'own' && look.attribute.attribute.op >= look.nextOp,
    why: () =>
      'its attribute carries an operation number that the catalog has not reached: an older catalog was put back',
  },
  {
    class: 'duplicate-binding',
    severity: 'error',
    action: 'repair',
    when: (look) => look.attribute.kind === 'own' && look.boundElsewhere !== undefined,
    why: (look) => `inode ${look.boundElsewhere?.ino ?? ''} is bound to the same archived copy`,
  },
  {
    class: 'attribute-without-row',
    severity: 'error',
    action: 'repair',
    when: (look) => look.attribute.kind === 'own' && look.row === undefined,
    why: (look) => `it is ${state(look) ?? ''}, and the catalog does not know it`,
  },
];

const ROW: readonly Judgement[] = [
  {
    class: 'row-without-inode',
    severity: 'warning',
    action: 'forget',
    when: (look) => look.row !== undefined && look.presence.kind === 'gone',
    why: () => 'the file was deleted; its row and its archived copy are left',
  },
  {
    class: 'inode-reused',
    severity: 'warning',
    action: 'forget',
    when: (look) => look.row !== undefined && look.presence.kind === 'reused',
    why: (look) => {
      const gen = look.presence.kind === 'reused' ? look.presence.gen : '';
      return `the file was deleted and its inode number is used by another one (generation ${gen})`;
    },
  },
  {
    class: 'resident-with-hole',
    severity: 'critical',
    action: 'repair',
    when: (look) => look.row !== undefined && unmarked(look) && dataIsMissing(look),
    why: (look) =>
      `nothing on the file says that its data is away, and it reads zeros; the catalog has it as ${look.row?.state ?? ''}`,
  },
  {
    class: 'state-mismatch',
    severity: 'error',
    action: 'repair',
    when: (look) => look.row !== undefined && unmarked(look) && look.presence.kind === 'present',
    why: (look) => `the catalog has it as ${look.row?.state ?? ''} and it has no attribute`,
  },
  {
    class: 'state-mismatch',
    severity: 'error',
    action: 'repair',
    when: bindingDiffers,
    why: (look) =>
      `the file says ${state(look) ?? ''} and the catalog ${look.row?.state ?? ''}, or they name different operations, copies or sizes`,
  },
];

const CONTENT: readonly Judgement[] = [
  {
    class: 'resident-with-hole',
    severity: 'critical',
    action: 'repair',
    // A file that was cut off, or grew, was written to: that is a stale copy, whatever lies where.
    when: (look) => isDual(look) && dataIsMissing(look) && !sizeMoved(look) && !mtimeMoved(look),
    why: () => 'it is recorded as being on disk, and has holes where its data should be: it reads zeros there',
  },
  {
    class: 'stale-copy',
    severity: 'warning',
    action: 'report',
    when: (look) => isDual(look) && (sizeMoved(look) || mtimeMoved(look)),
    why: () => 'it was changed after it was archived: the copy is an earlier version',
  },
  {
    class: 'metadata-changed',
    severity: 'info',
    action: 'rebaseline',
    when: (look) => isDual(look) && ctimeMoved(look),
    why: () => 'only its ctime moved: owner, mode, links or attributes; equal data is not proven, and not disproven',
  },
  {
    class: 'offline-with-data',
    severity: 'error',
    action: 'repair',
    when: (look) => isOffline(look) && look.layout === 'whole' && !sizeMoved(look),
    why: () => 'it is recorded as being in the archive only, and has data wherever the copy has some',
  },
  {
    class: 'offline-with-data',
    severity: 'error',
    action: 'report',
    when: (look) => isOffline(look) && (look.layout === 'whole' || look.layout === 'missing-some'),
    why: () => 'it is recorded as being in the archive only, and has data: somebody wrote to it while it was away',
  },
  {
    class: 'conflict',
    severity: 'error',
    action: 'report',
    when: (look) => isOffline(look) && sizeMoved(look),
    why: () => 'its size was changed while its data was away; the archived copy is kept',
  },
  {
    class: 'conflict',
    severity: 'warning',
    action: 'report',
    when: (look) => isOffline(look) && mtimeMoved(look),
    why: () =>
      'its mtime moved while its data was away, or before it was released if the catalog was rebuilt since: ' +
      'a touch and a truncation look alike; the archived copy is kept',
  },
  {
    class: 'metadata-changed',
    severity: 'info',
    action: 'rebaseline',
    when: (look) => isOffline(look) && ctimeMoved(look),
    why: () => 'only its ctime moved: owner, mode, links or attributes',
  },
];

/** The whole table, in the order in which it is read. */
export const JUDGEMENTS: readonly Judgement[] = [...BEFORE_ALL, ...UNFINISHED, ...ATTRIBUTE, ...ROW, ...CONTENT];

/** The finding that a look amounts to; undefined if the records agree. */
export function judge(look: Look): Finding | undefined {
  const judgement = JUDGEMENTS.find(({ when }) => when(look));
  if (judgement === undefined) return undefined;
  const seen = look.presence.kind === 'present' ? state(look) : undefined;
  // An object's path is where its own file was: of a copied attribute it says nothing.
  const made = look.attribute.kind === 'own' ? look.object?.pathHint : undefined;
  const path = look.row?.pathHint ?? look.intent?.pathHint ?? made;
  return {
    class: judgement.class,
    severity: judgement.severity,
    ...look.id,
    ...(path && { path }),
    ...(seen && { state: seen }),
    why: judgement.why(look),
    facts: factsOf(look),
    action: judgement.action,
  };
}
