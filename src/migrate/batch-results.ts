/** From what happened to what is reported, and the way back for files whose operation failed half-way. */
import type { HsmckError } from '../errors.js';
import type { Begun } from './begin.js';
import { BusyError, CancelledError } from './busy-error.js';
import type { FileOutcome, FileResult } from './file-result.js';
import type { ForwardOperation } from './preconditions.js';
import type { Session } from './session.js';
import { settle } from './settle.js';
import type { SettleResult } from './settle-item.js';
import type { SettlementName } from './settlements.js';
import type { HeldFile } from './take-hold.js';
import { objectInHand, type ObjectInHand, type Ticket } from './ticket.js';
import { hintOf } from './resolve-path.js';

const SETTLED: Readonly<Record<ForwardOperation, FileOutcome>> = {
  archive: 'archived',
  release: 'released',
  recall: 'recalled',
  remove: 'removed',
};

const CAME_IN = 'it was released, and somebody changed it before that was done: run "hsmck audit"';
const LEFT_OPEN = 'it is left as it is; run "hsmck recover" to settle it';

/** The result of a file whose operation failed; giving way and cancelling are results of their own. */
export function failedResult(file: HeldFile, error: HsmckError, note = ''): FileResult {
  const result = error instanceof BusyError ? 'busy' : error instanceof CancelledError ? 'cancelled' : 'failed';
  const { path, id, stat } = file.path;
  return { path, id, result, why: `${error.message}${note}`, code: error.code, sizeBytes: stat.sizeBytes };
}

/** The result of a file that was looked at and left as it was. */
export function stoppedResult(file: HeldFile, result: FileOutcome, why: string): FileResult {
  return { path: file.path.path, id: file.path.id, result, why, sizeBytes: file.stat.sizeBytes };
}

/** What is known of an object before it is complete: its name. */
const UNKNOWN_OBJECT = { sha256: Buffer.alloc(0), nonzeroBytes: 0n } as const;

/** What `settle` needs of a file that was begun. Without an object, only its name is known. */
export function toTicket(operation: ForwardOperation, begun: Begun, object?: ObjectInHand): Ticket {
  const { file, op, mark, previousObjectId } = begun;
  return {
    operation,
    target: file.target,
    path: hintOf(file.path),
    id: file.path.id,
    fd: file.fd,
    lease: file.lease,
    op,
    hasIntent: begun.intentOpen,
    object: object ?? { ...UNKNOWN_OBJECT, ...mark },
    ...(previousObjectId && { previousObjectId }),
    ...(file.row && { row: file.row }),
    ...(file.row?.state === 'offline' && { stubMtimeNs: file.row.mtimeNs }),
    before: begun.marked ?? file.stat,
    state: begun.state,
  };
}

/**
 * Undoes what was begun on files that failed, and reports each. A file whose sync failed is left to recovery: what
 * the disk holds of it is not known.
 */
export async function unwind(
  session: Session,
  operation: ForwardOperation,
  failed: readonly Begun[],
  back: SettlementName,
): Promise<FileResult[]> {
  const undo = failed.filter((begun) => begun.intentOpen && !begun.syncFailed);
  const undone = await settle(
    session,
    undo.map((begun) => {
      // What archiving was about to make is thrown away; every other operation goes back to the object it has.
      const object = operation === 'archive' ? undefined : objectInHand(begun.file.object);
      return { ticket: toTicket(operation, begun, object), settlement: back, adoptTimes: false };
    }),
  );
  const stuck = new Set(undone.filter(({ kind }) => kind === 'failed').map(({ ticket }) => ticket.op));
  return failed.map((begun) => {
    const open = begun.intentOpen && (begun.syncFailed || stuck.has(begun.op));
    return failedResult(begun.file, begun.failure ?? new CancelledError(), open ? `; ${LEFT_OPEN}` : '');
  });
}

/** Reports what `settle` did with the files of a batch. */
export function settledResults(
  operation: ForwardOperation,
  begun: readonly Begun[],
  settled: readonly SettleResult[],
): FileResult[] {
  const byOp = new Map(begun.map((one) => [one.op, one]));
  return settled.flatMap((result) => {
    const file = byOp.get(result.ticket.op)?.file;
    if (file === undefined) return [];
    switch (result.kind) {
      case 'settled': {
        if (operation === 'release' && result.touched) return [stoppedResult(file, 'conflict', CAME_IN)];
        const { path, id } = file.path;
        return [{ path, id, result: SETTLED[operation], sizeBytes: file.stat.sizeBytes }];
      }
      case 'gave-way':
        return [failedResult(file, result.why)];
      case 'failed':
        return [failedResult(file, result.error, `; ${LEFT_OPEN}`)];
    }
  });
}
