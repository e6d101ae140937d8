import type { Ino } from '../../native/inode-id.js';
import { isErrno } from '../../native/native-error.js';
import { BulkstatRequest } from '../../native/xfs-bulkstat.js';
import { SingleInodeRequest } from '../../native/xfs-single-inode.js';
import type { AllocationMap } from './allocation-map.js';
import type { ScanMount } from './scan-mount.js';
import { recordInoHigh, recordInoLow } from './write-record.js';

/** How errors that lie in one inode, or in its surroundings on disk, come out. */
export const DAMAGE_CODES = ['EUCLEAN', 'EBADMSG', 'EIO'] as const;

/** What became of an inode that the B+tree calls allocated and that bulkstat did not deliver. */
export type ProbeOutcome =
  /** It can be read after all: `InodeProbe.words` holds its record. */
  | { readonly kind: 'delivered' }
  /** Free by now. */
  | { readonly kind: 'freed' }
  /** The filesystem's own: bitmaps of the real-time section, quota. */
  | { readonly kind: 'internal' }
  /** In no folder: deleted and on its way out, or just being made. */
  | { readonly kind: 'unlinked' }
  | { readonly kind: 'unreadable'; readonly code: string };

/** An inode may be freed and allocated again between two questions about it; three times in a row is no accident. */
const ATTEMPTS_MAX = 3;

/** Looks at single inodes. One for each thread. */
export class InodeProbe {
  readonly #single = new SingleInodeRequest();
  readonly #bulkstat = new BulkstatRequest(1);

  /** The record that 'delivered' speaks of, from word `BulkstatRequest.wordOffset(0)` on. */
  get words(): Uint32Array {
    return this.#bulkstat.words;
  }

  /** @throws NativeError if the reason lies elsewhere than in the inode */
  probe(mount: ScanMount, agno: number, ino: Ino, allocation: Pick<AllocationMap, 'isAllocated'>): ProbeOutcome {
    let outcome: ProbeOutcome = { kind: 'freed' };
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      outcome = this.#look(mount, agno, ino);
      if (outcome.kind === 'delivered' || outcome.kind === 'unreadable') return outcome;
      if (!allocation.isAllocated(ino)) return { kind: 'freed' };
    }
    return outcome;
  }

  #look(mount: ScanMount, agno: number, ino: Ino): ProbeOutcome {
    try {
      this.#single.check(mount.rootFd, ino);
      const count = this.#bulkstat.fetch(mount.rootFd, agno, ino, `inode ${ino}`);
      const at = BulkstatRequest.wordOffset(0);
      const found = (BigInt(recordInoHigh(this.words, at)) << 32n) | BigInt(recordInoLow(this.words, at));
      return { kind: count === 1 && found === ino ? 'delivered' : 'unlinked' };
    } catch (error) {
      // EINVAL stands for free inodes too: the caller rules those out.
      if (isErrno(error, 'EINVAL')) return { kind: 'internal' };
      if (isErrno(error, 'ENOENT')) return { kind: 'unlinked' };
      if (isErrno(error, ...DAMAGE_CODES)) return { kind: 'unreadable', code: error.code };
      throw error;
    }
  }
}
