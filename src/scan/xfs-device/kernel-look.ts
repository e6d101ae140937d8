import type { Ino } from '../../native/inode-id.js';
import { AttributeReader } from '../../native/xfs-handle.js';
import { inoAt } from '../batch-values.js';
import type { InodeBatch } from '../inode-batch.js';
import { AllocationMap } from '../xfs-bulkstat/allocation-map.js';
import { fillAttributes } from '../xfs-bulkstat/attribute-column.js';
import { InodeProbe, type ProbeOutcome } from '../xfs-bulkstat/inode-probe.js';
import type { ScanMount } from '../xfs-bulkstat/scan-mount.js';

/** Asks another authority than the bytes on the device for what they do not tell. */
export interface SecondSource {
  /** The record of an inode that `probe` delivered, as xfs-bulkstat's write-record.ts takes it. */
  readonly words: Uint32Array;
  beginGroup(agno: number): void;
  /** What is the matter with an allocated inode whose bytes are not as expected. */
  probe(ino: Ino): ProbeOutcome;
  /**
   * Fills in the attributes that lie outside of their inodes. Rows of inodes that are gone are taken out. Returns how
   * many could not be had.
   */
  fillElsewhere(batch: InodeBatch, onGone: (outcome: 'freed' | 'unlinked') => void): number;
}

/** The kernel of the machine that has the filesystem mounted. It tells what is true now. */
export class KernelLook implements SecondSource {
  readonly #mount: ScanMount;
  readonly #allocation = new AllocationMap();
  readonly #probe = new InodeProbe();
  readonly #reader: AttributeReader;
  #agno = 0;

  constructor(mount: ScanMount, attributeName: string) {
    this.#mount = mount;
    this.#reader = new AttributeReader(mount.rootFd, Buffer.from(mount.fsid), attributeName);
  }

  get words(): Uint32Array {
    return this.#probe.words;
  }

  beginGroup(agno: number): void {
    this.#agno = agno;
    this.#allocation.reset(this.#mount, agno);
  }

  probe(ino: Ino): ProbeOutcome {
    return this.#probe.probe(this.#mount, this.#agno, ino, this.#allocation);
  }

  fillElsewhere(batch: InodeBatch, onGone: (outcome: 'freed' | 'unlinked') => void): number {
    const probe = (row: number): ProbeOutcome => this.probe(inoAt(batch, row));
    return fillAttributes(batch, { reader: this.#reader, words: this.words, probe, onGone }, 'elsewhere');
  }
}
