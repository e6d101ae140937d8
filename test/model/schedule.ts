/** A schedule: all that happens to a simulated machine, as plain data. It can be printed, cut down and run again. */
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type { Preference } from '../../src/recover/decision-facts.js';
import type { JournalKind } from './kernel/journal.js';

/** What a user does to a file. Content is named by a number, which stands for the bytes of a page. */
export type UserAction =
  | { readonly kind: 'write'; readonly file: number; readonly page: number; readonly content: number }
  | { readonly kind: 'write-and-sync'; readonly file: number; readonly page: number; readonly content: number }
  | { readonly kind: 'append'; readonly file: number; readonly bytes: number; readonly content: number }
  | { readonly kind: 'truncate'; readonly file: number; readonly sizeBytes: number }
  | { readonly kind: 'punch'; readonly file: number; readonly page: number }
  | { readonly kind: 'write-keeping-mtime'; readonly file: number; readonly page: number; readonly content: number }
  | { readonly kind: 'replace'; readonly file: number; readonly content: number }
  | { readonly kind: 'unlink'; readonly file: number }
  | { readonly kind: 'chmod'; readonly file: number; readonly mode: number }
  | { readonly kind: 'touch'; readonly file: number }
  | { readonly kind: 'set-attribute'; readonly file: number; readonly content: number }
  | { readonly kind: 'link'; readonly file: number }
  | { readonly kind: 'rename'; readonly file: number }
  | { readonly kind: 'fsync'; readonly file: number }
  | { readonly kind: 'sync' }
  | { readonly kind: 'open'; readonly file: number; readonly access: 'read' | 'write' }
  | { readonly kind: 'close'; readonly file: number }
  | { readonly kind: 'store-to-mapping'; readonly file: number; readonly page: number; readonly content: number };

/** `kill`: the process alone. `power`: with all memory; the archive is on another machine or goes down too. */
export type CrashKind = 'kill' | 'power' | 'power-with-archive';

/** What happens in the midst of a command. */
export type EventKind =
  | { readonly kind: 'user'; readonly action: UserAction }
  | { readonly kind: 'crash'; readonly how: CrashKind; readonly seed: number }
  | { readonly kind: 'fault'; readonly code: 'EIO' | 'ENOSPC' | 'EOPNOTSUPP' }
  | { readonly kind: 'stall' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'write-back'; readonly seed: number };

/** `at` counts the command's calls into the kernel. */
export type Event = EventKind & { readonly at: number };

export type Item =
  | { readonly kind: 'user'; readonly action: UserAction }
  | {
      readonly kind: 'operation';
      readonly operation: ForwardOperation;
      readonly files: readonly number[];
      readonly events: readonly Event[];
    }
  | { readonly kind: 'recover'; readonly prefer: Preference; readonly events: readonly Event[] }
  | { readonly kind: 'look'; readonly what: 'check' | 'audit' | 'deep' | 'plan'; readonly events: readonly Event[] }
  | { readonly kind: 'purge'; readonly days: number; readonly events: readonly Event[] }
  | { readonly kind: 'wait'; readonly days: number }
  | { readonly kind: 'crash'; readonly how: Exclude<CrashKind, 'kill'>; readonly seed: number };

export interface FileSpec {
  /** Pages of content; 0 is a hole, -1 zeros that were written, -2 room without content. */
  readonly pages: readonly number[];
  /** Bytes of the last page that belong to the file. */
  readonly tailBytes: number;
  readonly capability: boolean;
  readonly synced: boolean;
}

export interface Schedule {
  readonly archiveJournal: JournalKind;
  readonly files: readonly FileSpec[];
  readonly items: readonly Item[];
}
