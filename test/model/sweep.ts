/**
 * Sweeps: instead of random schedules, one short schedule again and again, with the same thing happening at every call in
 * turn. What seeds meet by chance a sweep meets for certain.
 */
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type { CrashKind, Event, EventKind, FileSpec, Item, Schedule, UserAction } from './schedule.js';

/** More than the command makes for all files. */
const CALLS_MAX: Readonly<Record<ForwardOperation, number>> = { archive: 280, release: 190, recall: 230, remove: 230 };
/** And for one alone. */
const CALLS_MAX_ONE: Readonly<Record<ForwardOperation, number>> = {
  archive: 150,
  release: 120,
  recall: 120,
  remove: 150,
};
/** A writer who waits for a lease, and the end of his patience, lie so many calls apart. */
const PATIENCE_CALLS = [1, 12] as const;
const CRASH_SEEDS = [1, 2, 3] as const;

const file = (...pages: readonly number[]): FileSpec => ({ pages, tailBytes: 700, capability: false, synced: true });
const FILES: readonly FileSpec[] = [file(1, 2, 3), file(4, 0, 5), file(6)];
const ALL = FILES.map((_, index) => index);

const run = (operation: ForwardOperation, events: readonly Event[] = [], files = ALL): Item => ({
  kind: 'operation',
  operation,
  files,
  events,
});

/** What comes before the command that is disturbed. */
const BEFORE: Readonly<Record<ForwardOperation, readonly Item[]>> = {
  archive: [],
  release: [run('archive')],
  recall: [run('archive'), run('release')],
  remove: [run('archive')],
};

/** The user who comes; page 0 is in every file. */
const ACTIONS = {
  write: { kind: 'write-and-sync', file: 0, page: 0, content: 77 },
  'write-keeping-mtime': { kind: 'write-keeping-mtime', file: 0, page: 0, content: 77 },
  append: { kind: 'append', file: 0, bytes: 4096, content: 77 },
  truncate: { kind: 'truncate', file: 0, sizeBytes: 100 },
  touch: { kind: 'touch', file: 0 },
  unlink: { kind: 'unlink', file: 0 },
} as const satisfies Readonly<Record<string, UserAction>>;

const schedule = (archiveJournal: Schedule['archiveJournal'], items: readonly Item[]): Schedule => ({
  archiveJournal,
  files: FILES,
  items,
});

const everyCall = (calls: number, make: (at: number) => Schedule[]): Schedule[] =>
  Array.from({ length: calls }, (_, index) => make(index + 1)).flat();

/** A user comes at each call, and with patience for a shorter time than the operation takes. */
function userSweep(operation: ForwardOperation, action: UserAction, files: readonly number[]): Schedule[] {
  const callsMax = (files.length === 1 ? CALLS_MAX_ONE : CALLS_MAX)[operation];
  return everyCall(callsMax, (at) =>
    PATIENCE_CALLS.map((calls) => {
      const events: Event[] = [
        { kind: 'user', action, at },
        { kind: 'stall', at: at + calls },
      ];
      return schedule('ordered', [...BEFORE[operation], run(operation, events, [...files])]);
    }),
  );
}

/** Extents cannot be shared, so a recall copies: what is filled is data then, and no longer metadata in the log. */
const COPYING: readonly Event[] = ALL.map(() => ({ kind: 'fault', code: 'EOPNOTSUPP', at: 1 }));

function crashSweep(operation: ForwardOperation, how: CrashKind, before: readonly Event[]): Schedule[] {
  return everyCall(CALLS_MAX[operation], (at) =>
    CRASH_SEEDS.map((seed) => {
      const crash: EventKind = { kind: 'crash', how, seed: seed * 1000 + at };
      return schedule('independent', [...BEFORE[operation], run(operation, [...before, { ...crash, at }])]);
    }),
  );
}

/** More calls than a recovery makes that finds little to do. */
const RECOVER_CALLS_MAX = 150;

/** A file is deleted at each call of a recovery, and the power fails right behind it: the deletion may not last. */
function deletionSweep(prepared: ForwardOperation): Schedule[] {
  const before = [...BEFORE[prepared], run(prepared)];
  return everyCall(RECOVER_CALLS_MAX, (at) =>
    CRASH_SEEDS.map((seed) => {
      const events: Event[] = [{ kind: 'user', action: ACTIONS.unlink, at }];
      return schedule('ordered', [
        ...before,
        { kind: 'recover', prefer: 'auto', events },
        { kind: 'crash', how: 'power', seed: seed * 1000 + at },
      ]);
    }),
  );
}

/**
 * Archiving dies at each call. Recovery binds what has become of it, release punches what is bound, and then the archive's own
 * power fails: whatever name of a copy was not durable is gone.
 */
function relianceSweep(operation: ForwardOperation): Schedule[] {
  return everyCall(CALLS_MAX_ONE[operation], (at) =>
    CRASH_SEEDS.map((seed) =>
      schedule('independent', [
        ...BEFORE[operation],
        run(operation, [{ kind: 'crash', how: 'kill', seed: seed * 1000 + at, at }], [0]),
        { kind: 'recover', prefer: 'complete', events: [] },
        run('release', [], [0]),
        { kind: 'crash', how: 'power-with-archive', seed: seed * 1000 + at },
      ]),
    ),
  );
}

/** NAME is `user:OPERATION:ACTION[:one]` or `crash:OPERATION:HOW[:copying]`, `delete:OPERATION` or `rely:OPERATION`. @throws Error if there is no such sweep */
export function sweepOf(name: string): Schedule[] {
  const [kind, operation = '', what = '', how = ''] = name.split(':');
  if (Object.hasOwn(BEFORE, operation)) {
    if (kind === 'user' && Object.hasOwn(ACTIONS, what)) {
      const action = ACTIONS[what as keyof typeof ACTIONS];
      return userSweep(operation as ForwardOperation, action, how === 'one' ? [0] : ALL);
    }
    if (kind === 'rely') return relianceSweep(operation as ForwardOperation);
    if (kind === 'delete') return deletionSweep(operation as ForwardOperation);
    if (kind === 'crash' && ['kill', 'power', 'power-with-archive'].includes(what))
      return crashSweep(operation as ForwardOperation, what as CrashKind, how === 'copying' ? COPYING : []);
  }
  throw new Error(`there is no sweep "${name}"`);
}
