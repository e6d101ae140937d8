/** What the writers' logs say that must be in the files: for each block and for the length, one of a few versions. Pure. */

/** Of a block: the sequence number of what was written; `HOLE` for a block that was cut off, or never written. */
export type Version = number;
export const HOLE: Version = 0;

interface Written {
  readonly kind: 'written';
  readonly block: number;
  readonly count: number;
  readonly sequence: Version;
}

interface Cut {
  readonly kind: 'cut';
  readonly blocks: number;
}

interface CreatedOrUnlinked {
  readonly kind: 'created' | 'unlinked';
}

type Change = Written | Cut | CreatedOrUnlinked;

/** A line of a log: a change that was attempted, or that is durable. */
export interface LogEntry {
  readonly phase: 'attempted' | 'durable';
  readonly file: number;
  readonly change: Change;
}

const numbers = (words: readonly string[]): number[] => words.map(Number);

function parseChange(kind: string, rest: readonly string[]): Change {
  const [first = NaN, second = NaN, third = NaN] = numbers(rest);
  switch (kind) {
    case 'w':
      return { kind: 'written', block: first, count: second, sequence: third };
    case 't':
      return { kind: 'cut', blocks: first };
    case 'c':
      return { kind: 'created' };
    case 'u':
      return { kind: 'unlinked' };
    default:
      throw new Error(`a log has a change of the unknown kind "${kind}"`);
  }
}

/** Reads a log as load.c writes it; a last line that is cut short was never acted upon. */
export function parseLog(text: string): LogEntry[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => {
    const [phase, kind = '', file, ...rest] = line.split(' ');
    return { phase: phase === 'd' ? 'durable' : 'attempted', file: Number(file), change: parseChange(kind, rest) };
  });
}

/** A file as it may be: undefined for one that is not there. */
export type FileVersion = readonly Version[] | undefined;

function applied(version: FileVersion, change: Change): FileVersion {
  switch (change.kind) {
    case 'created':
      return [];
    case 'unlinked':
      return undefined;
    case 'cut':
      return Array.from({ length: change.blocks }, (_, block) => version?.[block] ?? HOLE);
    case 'written': {
      const blocks = Math.max(version?.length ?? 0, change.block + change.count);
      const isNew = (block: number): boolean => block >= change.block && block < change.block + change.count;
      return Array.from({ length: blocks }, (_, block) =>
        isNew(block) ? change.sequence : (version?.[block] ?? HOLE),
      );
    }
  }
}

/** What a file has to be by its writer's log: its last durable version, or the one that was attempted after it. */
export class FileHistory {
  #durable: FileVersion;
  #attempted: { readonly version: FileVersion } | undefined;

  constructor(start?: FileVersion) {
    this.#durable = start;
  }

  add({ phase, change }: LogEntry): void {
    if (phase === 'attempted') this.#attempted = { version: applied(this.#durable, change) };
    else {
      this.#durable = applied(this.#durable, change);
      this.#attempted = undefined;
    }
  }

  get #candidates(): readonly FileVersion[] {
    return this.#attempted ? [this.#durable, this.#attempted.version] : [this.#durable];
  }

  get mayBeGone(): boolean {
    return this.#candidates.includes(undefined);
  }

  get mustBeGone(): boolean {
    return this.#candidates.every((version) => version === undefined);
  }

  /** The least and the greatest length in blocks that the file may have: a write at its end may be half done. */
  get lengths(): readonly [number, number] {
    const lengths = this.#candidates.flatMap((version) => (version ? [version.length] : []));
    return [Math.min(...lengths), Math.max(...lengths)];
  }

  /** The versions that a block may have. */
  versionsOf(block: number): Version[] {
    return [...new Set(this.#candidates.flatMap((version) => (version ? [version[block] ?? HOLE] : [])))];
  }
}
