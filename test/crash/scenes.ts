/** What has to be interrupted, and how, for recovery to come by each of its steps. */
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import { STEPS, type StepName } from '../../src/migrate/step-names.js';
import type { Preference } from '../../src/recover/decision-facts.js';

/** What recovery does between two of its steps: they are named before and after it. */
export type Phase =
  | 'restore'
  | 'fetch'
  | 'fill'
  | 'punch'
  | 'data-sync'
  | 'attribute'
  | 'settle-sync'
  | 'catalog'
  | 'trash';

export interface Scene {
  readonly operation: ForwardOperation;
  /** As in HSMCK_FAULT. */
  readonly fault: string;
  readonly prefer: Preference;
  /** What recovery does there; the others it does not come by. */
  readonly phases: readonly Phase[];
  /** As in CrashCase. */
  readonly tidied?: true;
}

const SYNCED_AND_WRITTEN = ['data-sync', 'attribute', 'settle-sync', 'catalog'] as const;

export const SCENES: readonly Scene[] = [
  {
    operation: 'recall',
    fault: 'recall:before-fill=kill',
    prefer: 'auto',
    phases: ['fetch', 'fill', ...SYNCED_AND_WRITTEN],
  },
  {
    operation: 'recall',
    fault: 'recall:after-data-sync=kill',
    prefer: 'revert',
    phases: ['punch', ...SYNCED_AND_WRITTEN],
  },
  {
    operation: 'release',
    fault: 'release:before-punch=kill',
    prefer: 'auto',
    phases: ['punch', ...SYNCED_AND_WRITTEN],
  },
  {
    operation: 'release',
    fault: 'release:after-punch#3=kill',
    prefer: 'revert',
    phases: ['fetch', 'fill', ...SYNCED_AND_WRITTEN],
  },
  { operation: 'archive', fault: 'archive:before-put=kill', prefer: 'auto', phases: [...SYNCED_AND_WRITTEN, 'trash'] },
  {
    operation: 'archive',
    fault: 'archive:before-attribute#3=kill',
    prefer: 'complete',
    phases: [...SYNCED_AND_WRITTEN, 'trash'],
  },
  {
    operation: 'archive',
    fault: 'archive:after-settle-sync=kill',
    prefer: 'auto',
    phases: [...SYNCED_AND_WRITTEN, 'trash'],
  },
  {
    operation: 'remove',
    fault: 'remove:before-attribute=kill',
    prefer: 'auto',
    phases: [...SYNCED_AND_WRITTEN, 'trash'],
  },
  {
    operation: 'remove',
    fault: 'remove:before-attribute=kill',
    prefer: 'revert',
    phases: [...SYNCED_AND_WRITTEN, 'trash'],
  },
  {
    operation: 'remove',
    fault: 'remove:after-settle-sync=kill',
    prefer: 'auto',
    phases: [...SYNCED_AND_WRITTEN, 'trash'],
  },
  {
    operation: 'recall',
    fault: 'recall:before-fill=kill',
    prefer: 'auto',
    tidied: true,
    // Files that are all zeros need no copy: theirs stay in the trash.
    phases: ['restore', 'fetch', 'fill', ...SYNCED_AND_WRITTEN, 'trash'],
  },
];

/** The steps that recovery comes by in a scene. */
export const stepsOf = ({ phases }: Pick<Scene, 'phases'>): StepName[] =>
  (Object.keys(STEPS) as StepName[]).filter((step) => {
    const [operation, phase] = step.split(/:(?:before|after)-/);
    return operation === 'recover' && phases.some((one) => one === phase);
  });
