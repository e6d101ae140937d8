import type { Ino } from '../../native/inode-id.js';
import { isErrno } from '../../native/native-error.js';
import { BulkstatRequest } from '../../native/xfs-bulkstat.js';
import { AttributeReader } from '../../native/xfs-handle.js';
import { inoAt } from '../batch-values.js';
import { InodeBatch } from '../inode-batch.js';
import { fillStates } from '../inode-state.js';
import type { ProgressCounters } from '../progress-counters.js';
import { AllocationMap } from './allocation-map.js';
import { fillAttributes } from './attribute-column.js';
import { DAMAGE_CODES, InodeProbe } from './inode-probe.js';
import {
  noCounts,
  UNREADABLE_NAMED_MAX,
  type PartitionCounts,
  type PartitionResult,
  type UnreadableInode,
} from './partition-result.js';
import type { ScanMount } from './scan-mount.js';
import { recordNlink, writeRecord, type BatchColumns } from './write-record.js';

export const FETCH_INODES = 4096;
/** Room for inodes that have to be fetched singly; a batch that runs out of it is handed on early. */
const SPARE_ROWS = 256;
/** After so many good inodes in a row around a bad one, bulkstat is asked again. */
const PROBES_PER_STEP = 64;

export interface PartitionOptions {
  readonly mount: ScanMount;
  /** The allocation group. */
  readonly agno: number;
  /** `trusted.hsmck` or `user.hsmck`. */
  readonly attributeName: string;
  readonly attributes: 'read' | 'skip';
  /**
   * `identity` fills inode number, generation, mode, xflags, attribute and state only, for who reads nothing else: the
   * other columns hold what is left of earlier batches. `all` if not given.
   */
  readonly columns?: BatchColumns;
  readonly counters?: ProgressCounters;
  /** Asked once a batch. */
  readonly cancelled?: () => boolean;
  /** Told of each unreadable inode, before the batches that hold higher ones. */
  readonly onUnreadable?: (inode: UnreadableInode) => void;
}

/** The batch is filled anew after the call returns. */
export type OnBatch = (batch: InodeBatch) => void;

/**
 * Reads the inodes of allocation groups, one group after the other, with memory that it keeps. One for each thread.
 *
 * A step fetches up to 4,096 inodes from the cursor on and holds the range that the reply covers against the allocation
 * map; what is missing is looked at singly, so that each allocated inode is accounted for before the cursor moves on.
 */
export class PartitionScanner {
  readonly #bulkstat: BulkstatRequest;
  readonly #allocation = new AllocationMap();
  readonly #probe = new InodeProbe();
  readonly #batch: InodeBatch;
  readonly #reader: AttributeReader;
  #options: PartitionOptions;
  #onBatch: OnBatch = () => undefined;
  #counts: PartitionCounts;
  #unreadable: UnreadableInode[] = [];

  constructor(options: PartitionOptions, fetchInodes = FETCH_INODES, spareRows = SPARE_ROWS) {
    this.#options = options;
    this.#bulkstat = new BulkstatRequest(fetchInodes);
    this.#batch = new InodeBatch(fetchInodes + spareRows);
    const { rootFd, fsid } = options.mount;
    this.#reader = new AttributeReader(rootFd, Buffer.from(fsid), options.attributeName);
    this.#counts = noCounts(options.agno);
  }

  /** @throws NativeError for anything but damage on disk, which the result tells */
  scan(options: PartitionOptions, onBatch: OnBatch): PartitionResult {
    this.#options = options;
    this.#onBatch = onBatch;
    this.#counts = noCounts(options.agno);
    this.#unreadable = [];
    this.#batch.count = 0;
    this.#allocation.reset(options.mount, options.agno);
    let cursor: bigint | undefined = 0n;
    try {
      while (cursor !== undefined && options.cancelled?.() !== true) cursor = this.#step(cursor);
    } catch (error) {
      // Damage that cannot be pinned to one inode: the group's B+tree, or a filesystem that was shut down.
      if (!isErrno(error, ...DAMAGE_CODES)) throw error;
      return this.#result(false, { code: error.code, message: error.message });
    }
    return this.#result(cursor === undefined);
  }

  #result(complete: boolean, failure?: { code: string; message: string }): PartitionResult {
    const result = { ...this.#counts, unreadableInodes: this.#unreadable, complete };
    return failure ? { ...result, failure } : result;
  }

  /** Scans on from the cursor. Returns where the next step starts, undefined at the end of the group. */
  #step(cursor: bigint): bigint | undefined {
    const { mount, agno } = this.#options;
    // Before bulkstat: what is made in between is then delivered anyway, and need not be looked for.
    this.#allocation.advance(cursor);
    let count: number;
    try {
      count = this.#bulkstat.fetch(mount.rootFd, agno, cursor, `group ${agno} of ${mount.mountPath}`);
    } catch (error) {
      if (!isErrno(error, ...DAMAGE_CODES)) throw error;
      return this.#stepOverDamage(cursor);
    }
    const next = count === 0 ? undefined : this.#bulkstat.nextIno();
    this.#appendRecords(count);
    for (const ino of this.#allocation.missing(cursor, next, this.#bulkstat.words, count)) this.#settle(ino);
    this.#handOn();
    return next;
  }

  #appendRecords(count: number): void {
    const { words } = this.#bulkstat;
    const batch = this.#batch;
    const { columns } = this.#options;
    for (let record = 0; record < count; record++) {
      const at = BulkstatRequest.wordOffset(record);
      if (recordNlink(words, at) === 0) this.#counts.unlinked += 1;
      else writeRecord(batch, batch.count++, words, at, columns);
    }
  }

  /**
   * Bulkstat stops at a bad inode and does not step past it, nor say which it is. So the allocated inodes from the
   * cursor on are looked at singly until the bad one is behind.
   */
  #stepOverDamage(cursor: bigint): bigint | undefined {
    let next: bigint | undefined;
    let probes = 0;
    for (const ino of this.#allocation.missing(cursor, undefined, this.#bulkstat.words, 0)) {
      const before = this.#counts.unreadable;
      this.#settle(ino);
      probes += 1;
      if (this.#counts.unreadable > before || probes === PROBES_PER_STEP) {
        next = ino + 1n;
        break;
      }
    }
    this.#handOn();
    return next;
  }

  /** Accounts for an allocated inode that bulkstat did not deliver. Comes in ascending order. */
  #settle(ino: Ino): void {
    const { mount, agno, onUnreadable } = this.#options;
    // Before the look, whose record handing on might overwrite.
    if (this.#batch.count === this.#batch.capacity) this.#handOnBelow(ino);
    const outcome = this.#probe.probe(mount, agno, ino, this.#allocation);
    if (outcome.kind === 'delivered') return this.#insert(ino);
    this.#counts[outcome.kind] += 1;
    if (outcome.kind !== 'unreadable') return;
    // Rows below it go first, so that the consumer of both streams sees one ascending order.
    this.#handOnBelow(ino);
    const inode = { ino, code: outcome.code };
    if (this.#unreadable.length < UNREADABLE_NAMED_MAX) this.#unreadable.push(inode);
    onUnreadable?.(inode);
  }

  #insert(ino: Ino): void {
    const batch = this.#batch;
    const at = BulkstatRequest.wordOffset(0);
    if (recordNlink(this.#probe.words, at) === 0) {
      this.#counts.unlinked += 1;
      return;
    }
    const row = this.#rowOf(ino);
    batch.makeRoomAt(row);
    writeRecord(batch, row, this.#probe.words, at);
    this.#counts.fetchedSingly += 1;
  }

  #rowOf(ino: Ino): number {
    return this.#batch.lowerBound(Number(ino & 0xffff_ffffn), Number(ino >> 32n));
  }

  #handOnBelow(ino: Ino): void {
    const batch = this.#batch;
    const total = batch.count;
    const rows = this.#rowOf(ino);
    // The rest stays where it is, out of the consumer's sight, and moves to the front afterwards.
    batch.count = rows;
    this.#handOn();
    batch.count = total;
    batch.removeFirst(rows);
  }

  /** Completes the rows with attributes and states, hands them on and empties the batch. */
  #handOn(): void {
    const batch = this.#batch;
    if (batch.count === 0) return;
    if (this.#options.attributes === 'read') this.#readAttributes(batch);
    const managed = fillStates(batch);
    this.#counts.inodes += batch.count;
    this.#counts.managed += managed;
    this.#options.counters?.add('inodes', batch.count);
    this.#options.counters?.add('managed', managed);
    if (batch.count > 0) this.#onBatch(batch);
    batch.count = 0;
  }

  #readAttributes(batch: InodeBatch): void {
    const { mount, agno } = this.#options;
    const options = {
      reader: this.#reader,
      words: this.#probe.words,
      probe: (row: number) => this.#probe.probe(mount, agno, inoAt(batch, row), this.#allocation),
      onGone: (outcome: 'freed' | 'unlinked') => {
        this.#counts[outcome] += 1;
      },
    };
    this.#counts.attributesUnreadable += fillAttributes(batch, options);
  }
}
