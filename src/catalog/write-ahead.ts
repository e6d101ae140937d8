import type BetterSqlite3 from 'better-sqlite3';
import { translateSqliteError } from './catalog-error.js';
import { Database } from './sqlite.js';

const RETRY_MS = 5;

const isBusy = (error: unknown): boolean =>
  error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
}

/**
 * Puts a database into WAL mode, and says the mode that it is in then: another one where its filesystem cannot hold a
 * write-ahead log. SQLite's busy timeout does not hold for a change of the journal mode
 * (https://www.sqlite.org/pragma.html#pragma_journal_mode; sqlite3PagerSetJournalMode asks no busy handler): commands
 * that open and close one catalog at the same moment would see each other as a lock that nobody waits for.
 *
 * @param timeoutMs how long another process is waited for
 * @throws SqliteError SQLITE_BUSY after that
 */
export function enterWriteAhead(db: BetterSqlite3.Database, timeoutMs: number): unknown {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    try {
      return db.pragma('journal_mode = WAL', { simple: true });
    } catch (error) {
      if (!isBusy(error) || Date.now() >= deadlineMs) throw error;
      pause();
    }
  }
}

/** Behind the last writer, with a reader still there: whoever copies the one file then has all of it. */
function emptyLog(db: BetterSqlite3.Database): void {
  try {
    db.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // The log is complete, and is read wherever it lies.
  }
}

/**
 * Puts a database back into rollback mode, in which it is one file that can be read without writing anything, if nobody else has it open.
 * @throws whatever SQLite did not throw
 */
export function leaveWriteAhead(db: BetterSqlite3.Database, path: string): void {
  try {
    db.pragma('busy_timeout = 0');
    db.pragma('journal_mode = DELETE');
  } catch (error) {
    // Another connection is open, or the disk is full: the file stays in WAL mode, complete all the same.
    if (translateSqliteError(error, path) === error) throw error;
    emptyLog(db);
  }
}
