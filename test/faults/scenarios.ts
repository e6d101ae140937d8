/** The commands that are swept, each with the state of the world that it starts from. */
import fs from 'node:fs';
import path from 'node:path';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type { StepName } from '../../src/migrate/step-names.js';
import { removeAttribute } from '../../src/native/xattr.js';
import { closeFd, openPath } from '../../src/native/io.js';
import type { Invocation } from './fault-driver.js';
import { FILE_NAMES, type FaultWorld, type FileState } from './fault-world.js';

export interface Scenario {
  readonly name: string;
  /** `changes`: ends with all files in `goal`. `recovers`: settles what was interrupted. `looks`: changes nothing. */
  readonly kind: 'changes' | 'recovers' | 'looks' | 'purges' | 'registers';
  readonly goal?: FileState;
  /** The files' copies are older: until they are archived again, recovery says so. */
  readonly hasChangedFiles?: boolean;
  /** Brings a world that is at rest to where the command begins. */
  readonly prepare: (world: FaultWorld) => Promise<void>;
  readonly command: (world: FaultWorld) => Invocation;
}

function forward(operation: ForwardOperation, from: FileState, goal: FileState): Scenario[] {
  const shared = { kind: 'changes', goal, prepare: (world: FaultWorld) => world.bring(from) } as const;
  return [
    { ...shared, name: `${operation} a folder`, command: (world) => world.migrate(operation) },
    // One or two files are synced each by itself, more of them together.
    { ...shared, name: `${operation} two files`, command: (world) => world.migrate(operation, FILE_NAMES.slice(1)) },
  ];
}

/** Where operations died, and in which pass of the step: what recovery finds. */
const DEATHS: readonly (readonly [ForwardOperation, FileState, StepName, pass: number])[] = [
  ['archive', 'resident', 'archive:after-intent', 1],
  ['archive', 'resident', 'archive:after-mark', 3],
  ['archive', 'resident', 'archive:after-put', 1],
  ['archive', 'resident', 'archive:after-verified', 1],
  ['archive', 'resident', 'archive:after-attribute', 2],
  ['release', 'dual', 'release:after-mark', 3],
  ['release', 'dual', 'release:after-punch', 2],
  ['release', 'dual', 'release:after-attribute', 2],
  ['recall', 'offline', 'recall:after-mark', 3],
  ['recall', 'offline', 'recall:after-fill', 2],
  ['recall', 'offline', 'recall:after-attribute', 2],
  ['remove', 'dual', 'remove:after-mark', 3],
  ['remove', 'dual', 'remove:after-settle-sync', 1],
  ['remove', 'dual', 'remove:after-catalog', 1],
];

const recoveries: readonly Scenario[] = DEATHS.map(([operation, from, step, pass]) => ({
  name: `recover from ${step}#${pass}`,
  kind: 'recovers',
  prepare: async (world) => {
    await world.bring(from);
    const paths = [world.at('').toString()];
    await world.driver.interrupt({ operation, mountPath: world.mountPath, paths, step, pass });
  },
  command: (world) => world.recovery(),
}));

const DELETED = '4-deleted';

/** A file that was archived and deleted: its row and its copy are left over. */
async function leaveSomething(world: FaultWorld): Promise<void> {
  await world.bring('dual');
  fs.writeFileSync(world.at(DELETED), 'deleted soon');
  await world.done(world.migrate('archive', [DELETED]));
  fs.rmSync(world.at(DELETED));
}

/** Archived once and changed since. */
async function changeAll(world: FaultWorld): Promise<void> {
  await world.bring('dual');
  for (const name of FILE_NAMES) world.renew(name);
}

/** As before the first `init`. */
async function forgetRegistration(world: FaultWorld): Promise<void> {
  await world.bring('resident');
  fs.rmSync(path.dirname(world.catalogPath), { recursive: true });
  fs.mkdirSync(path.dirname(world.catalogPath));
  fs.rmSync(world.archiveDir, { recursive: true });
  const root = openPath(Buffer.from(world.mountPath), fs.constants.O_RDONLY);
  removeAttribute(root, 'trusted.hsmck', world.mountPath);
  closeFd(root);
}

const PLAN = 'plan.ndjson';
const planFile = (world: FaultWorld): string => path.join(world.scratch.folder, PLAN);

/** Something is interrupted, so that there is something to find; looking leaves it so. */
async function interrupted(world: FaultWorld): Promise<void> {
  if (world.states().includes('recalling')) return;
  await world.bring('offline');
  const paths = [world.at('').toString()];
  const step = 'recall:after-fill';
  await world.driver.interrupt({ operation: 'recall', mountPath: world.mountPath, paths, step, pass: 2 });
}

const looks: readonly Scenario[] = [
  {
    name: 'check with something interrupted',
    kind: 'looks',
    prepare: interrupted,
    command: (world) => world.whole('check'),
  },
  {
    name: 'recover, a dry run with a plan',
    kind: 'looks',
    prepare: async (world) => {
      const names = fs.readdirSync(world.scratch.folder).filter((name) => name.startsWith(PLAN));
      for (const name of names) fs.rmSync(path.join(world.scratch.folder, name));
      await interrupted(world);
    },
    command: (world) => world.whole('recover', { apply: false, prefer: 'auto', plan: planFile(world) }),
  },
  {
    name: 'audit --deep',
    kind: 'looks',
    prepare: (world) => world.bring('dual'),
    command: (world) => world.whole('audit', { deep: true }),
  },
  {
    name: 'audit of released files',
    kind: 'looks',
    prepare: (world) => world.bring('offline'),
    command: (world) => world.whole('audit'),
  },
  {
    name: 'scan --count',
    kind: 'looks',
    prepare: (world) => world.bring('dual'),
    command: (world) => world.whole('scan', { count: true, attributes: true }),
  },
  {
    name: 'scan',
    kind: 'looks',
    prepare: (world) => world.bring('dual'),
    command: (world) => world.whole('scan', { attributes: true }),
  },
];

export const SCENARIOS: readonly Scenario[] = [
  ...forward('archive', 'resident', 'dual'),
  {
    name: 'archive files that were changed',
    kind: 'changes',
    goal: 'dual',
    hasChangedFiles: true,
    prepare: changeAll,
    command: (world) => world.migrate('archive'),
  },
  ...forward('release', 'dual', 'offline'),
  ...forward('recall', 'offline', 'dual'),
  ...forward('remove', 'dual', 'resident'),
  ...recoveries,
  {
    name: 'recover forgets a deleted file',
    kind: 'recovers',
    prepare: leaveSomething,
    command: (world) => world.recovery(),
  },
  ...looks,
  {
    name: 'purge',
    kind: 'purges',
    prepare: async (world) => {
      await world.bring('dual');
      await world.bring('resident');
    },
    command: () => ({ name: 'purge', args: [], options: { olderThan: '0s', dryRun: false } }),
  },
  {
    name: 'init',
    kind: 'registers',
    prepare: forgetRegistration,
    command: (world) => world.init(),
  },
  {
    name: 'init again',
    kind: 'registers',
    prepare: (world) => world.bring('resident'),
    command: (world) => world.init(),
  },
];
