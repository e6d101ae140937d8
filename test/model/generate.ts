import { PAGE_BYTES } from './kernel/image.js';
import { Random } from './kernel/random.js';
import type { CrashKind, Event, EventKind, FileSpec, Item, Schedule, UserAction } from './schedule.js';

const PAGES_MAX = 5;
const SEED_MAX = 0x7fff_ffff;
/** So many calls a command makes before it looks at files; and so many for each file, by what it does. */
const OPENING_CALLS = 58;
const FILE_CALLS = { archive: 75, release: 40, recall: 45, remove: 60, recover: 60, purge: 30 } as const;

const USER_WEIGHTS: Readonly<Record<UserAction['kind'], number>> = {
  write: 10,
  'write-and-sync': 8,
  append: 4,
  truncate: 4,
  punch: 2,
  'write-keeping-mtime': 4,
  replace: 3,
  unlink: 3,
  chmod: 3,
  touch: 2,
  'set-attribute': 2,
  link: 1,
  rename: 2,
  fsync: 3,
  sync: 2,
  open: 4,
  close: 4,
  'store-to-mapping': 2,
};

const endsInCrash = (item: Item): boolean =>
  item.kind === 'crash' || ('events' in item && item.events.some(({ kind }) => kind === 'crash'));

/** Makes the schedule of a seed. */
export class Generator {
  readonly #random: Random;
  readonly #fileCount: number;
  #content = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#fileCount = 1 + this.#random.below(this.#random.chance(0.2) ? 4 : 2);
  }

  schedule(): Schedule {
    const random = this.#random;
    const archiveJournal = random.chance(0.5) ? 'ordered' : 'independent';
    const files = Array.from({ length: this.#fileCount }, () => this.#file());
    const count = 3 + random.below(7);
    const items: Item[] = this.#beginning();
    for (let index = 0; index < count; index++) items.push(this.#next(items));
    return { archiveJournal, files, items };
  }

  /** An archive as a rule, so that there is something to go wrong with; often one that is at rest when it begins. */
  #beginning(): Item[] {
    const random = this.#random;
    if (random.chance(0.3)) return [this.#operation('archive')];
    const files = Array.from({ length: this.#fileCount }, (_, index) => index);
    const archive: Item = { kind: 'operation', operation: 'archive', files, events: [] };
    return random.chance(0.4) ? [archive, { ...archive, operation: 'release' }] : [archive];
  }

  /** Behind a crash somebody runs recover, as a rule, and users go on before that. */
  #next(before: readonly Item[]): Item {
    const random = this.#random;
    const lastCrash = before.findLastIndex(endsInCrash);
    const isUnsettled = lastCrash > before.findLastIndex((item) => item.kind === 'recover' && !endsInCrash(item));
    if (!isUnsettled || random.chance(0.3)) return this.#item();
    return random.chance(0.35) ? { kind: 'user', action: this.#action() } : this.#recover();
  }

  #newContent(): number {
    this.#content += 1;
    return this.#content;
  }

  #file(): FileSpec {
    const random = this.#random;
    const pages = Array.from({ length: random.below(PAGES_MAX) }, () => {
      const kind = random.weighted({ data: 7, hole: 2, zeros: 1, room: 1 });
      return { data: this.#newContent(), hole: 0, zeros: -1, room: -2 }[kind];
    });
    return {
      pages,
      tailBytes: random.chance(0.5) ? PAGE_BYTES : 1 + random.below(PAGE_BYTES),
      capability: random.chance(0.1),
      synced: random.chance(0.6),
    };
  }

  #someFile(): number {
    return this.#random.below(this.#fileCount);
  }

  #action(): UserAction {
    const random = this.#random;
    const kind = random.weighted(USER_WEIGHTS);
    const file = this.#someFile();
    const page = random.below(PAGES_MAX);
    switch (kind) {
      case 'write':
      case 'write-and-sync':
      case 'write-keeping-mtime':
      case 'store-to-mapping':
        return { kind, file, page, content: this.#newContent() };
      case 'append':
        return { kind, file, bytes: 1 + random.below(2 * PAGE_BYTES), content: this.#newContent() };
      case 'truncate':
        return { kind, file, sizeBytes: random.chance(0.4) ? 0 : random.below(PAGES_MAX * PAGE_BYTES) };
      case 'punch':
        return { kind, file, page };
      case 'replace':
      case 'set-attribute':
        return { kind, file, content: this.#newContent() };
      case 'chmod':
        return { kind, file, mode: random.pick([0o600, 0o644, 0o755]) };
      case 'open':
        return { kind, file, access: random.chance(0.5) ? 'read' : 'write' };
      case 'sync':
        return { kind };
      case 'unlink':
      case 'touch':
      case 'link':
      case 'rename':
      case 'fsync':
      case 'close':
        return { kind, file };
    }
  }

  #crash(): CrashKind {
    return this.#random.weighted({ kill: 3, power: 4, 'power-with-archive': 3 });
  }

  #happening(): EventKind {
    const random = this.#random;
    const kind = random.weighted({ user: 8, crash: 9, fault: 3, stall: 2, cancel: 1, 'write-back': 4 });
    switch (kind) {
      case 'user':
        return { kind, action: this.#action() };
      case 'crash':
        return { kind, how: this.#crash(), seed: random.below(SEED_MAX) };
      case 'fault':
        return { kind, code: random.pick(['EIO', 'ENOSPC', 'EOPNOTSUPP'] as const) };
      case 'stall':
      case 'cancel':
        return { kind };
      case 'write-back':
        return { kind, seed: random.below(SEED_MAX) };
    }
  }

  /** Mostly behind the opening of catalog, filesystem and store. */
  #moment(command: keyof typeof FILE_CALLS, files: number): number {
    const random = this.#random;
    if (random.chance(0.15)) return 1 + random.below(OPENING_CALLS);
    return OPENING_CALLS + random.below(files * FILE_CALLS[command] + 10);
  }

  #events(command: keyof typeof FILE_CALLS, files: number): Event[] {
    const random = this.#random;
    const count = random.weighted({ none: 3, one: 5, two: 3, more: 2 });
    const length = { none: 0, one: 1, two: 2, more: 3 + random.below(3) }[count];
    const events = Array.from({ length }, (): Event => ({ ...this.#happening(), at: this.#moment(command, files) }));
    for (const { kind, at } of [...events]) {
      // Whoever waits for a file is let in, in the end, though the program has not given it back.
      if (kind === 'user' && random.chance(0.3)) events.push({ kind: 'stall', at: at + 1 + random.below(12) });
    }
    return events.sort((a, b) => a.at - b.at);
  }

  #operation(operation: 'archive' | 'release' | 'recall' | 'remove'): Item {
    const random = this.#random;
    const all = Array.from({ length: this.#fileCount }, (_, index) => index);
    const files = random.chance(0.6) ? all : [random.pick(all)];
    return { kind: 'operation', operation, files, events: this.#events(operation, files.length) };
  }

  #item(): Item {
    const random = this.#random;
    const kind = random.weighted({
      archive: 8,
      release: 12,
      recall: 8,
      remove: 5,
      user: 9,
      recover: 8,
      look: 2,
      rest: 3,
    });
    switch (kind) {
      case 'archive':
      case 'release':
      case 'recall':
      case 'remove':
        return this.#operation(kind);
      case 'user':
        return { kind, action: this.#action() };
      case 'recover':
        return this.#recover();
      case 'look':
        return { kind, what: random.pick(['check', 'audit', 'deep', 'plan'] as const), events: [] };
      case 'rest':
        return this.#rest();
    }
  }

  #recover(): Item {
    const prefer = this.#random.pick(['auto', 'auto', 'revert', 'complete'] as const);
    return { kind: 'recover', prefer, events: this.#events('recover', this.#fileCount) };
  }

  #rest(): Item {
    const random = this.#random;
    const kind = random.weighted({ purge: 2, wait: 1, crash: 3 });
    switch (kind) {
      case 'purge':
        return { kind, days: random.pick([0, 90]), events: this.#events('purge', 1) };
      case 'wait':
        return { kind, days: 40 };
      case 'crash':
        return { kind, how: random.pick(['power', 'power-with-archive'] as const), seed: random.below(SEED_MAX) };
    }
  }
}
