import type { ChunkHook } from '../archive/content-reader.js';
import { hashContent, type ContentDigest } from '../archive/hash-content.js';
import { grainFor } from '../archive/nonzero-map.js';
import { exactSize } from '../native/io.js';
import { leaseIsWhole } from '../native/lock.js';
import { BusyError, CancelledError } from './busy-error.js';
import type { Session } from './session.js';
import type { HeldFile } from './take-hold.js';

/** Gives a long copy up as soon as somebody waits for the file, or the user wants to stop. */
export function giveWay(session: Session, file: HeldFile, doing: string): ChunkHook {
  const sizeBytes = Number(file.stat.sizeBytes);
  return (doneBytes) => {
    session.onBytes?.(doneBytes, sizeBytes);
    if (session.signal.aborted) throw new CancelledError();
    if (!leaseIsWhole(file.fd, file.lease, file.target)) {
      throw new BusyError(file.target, `somebody opened it while it was being ${doing}`);
    }
  };
}

/** The hash of a held file's bytes, taken under its lease. */
export async function hashHeldFile(session: Session, file: HeldFile): Promise<ContentDigest> {
  const source = { fd: file.fd, sizeBytes: exactSize(file.stat.sizeBytes), target: file.target };
  const grainBytes = grainFor(session.mount.geometry.blockSizeBytes);
  return hashContent(source, { grainBytes, onChunk: giveWay(session, file, 'read') });
}
