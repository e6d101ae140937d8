import { S_IFMT, S_IFREG } from '../../native/constants.js';
import { toIno } from '../../native/inode-id.js';
import { isErrno, NativeError } from '../../native/native-error.js';
import { BulkstatRequest } from '../../native/xfs-bulkstat.js';
import { ATTRIBUTE_STATUS, InodeBatch } from '../inode-batch.js';
import { fillStates } from '../inode-state.js';
import type { ProgressCounters } from '../progress-counters.js';
import { DAMAGE_CODES } from '../xfs-bulkstat/inode-probe.js';
import {
  noCounts,
  UNREADABLE_NAMED_MAX,
  type PartitionCounts,
  type PartitionResult,
  type UnreadableInode,
} from '../xfs-bulkstat/partition-result.js';
import type { OnBatch } from '../xfs-bulkstat/partition-scanner.js';
import { recordNlink, writeRecord, type BatchColumns } from '../xfs-bulkstat/write-record.js';
import { CHUNK_INODES, type ChunkSource } from './chunk-source.js';
import { InodeParser, PARSED } from './inode-parser.js';
import type { SecondSource } from './kernel-look.js';
import { ReadAhead, type ReadOutcome } from './read-ahead.js';
import { SpanPlanner, type ReadSpan } from './read-span.js';
import { readChunkAgain } from './read-chunk.js';
import type { AgInoSpan, ScanDevice } from './scan-device.js';

/** Rows of a batch: few enough to stay in the processor's cache from parser to consumer. */
const BATCH_ROWS = 2048;

export interface DeviceScannerOptions {
  readonly device: ScanDevice;
  readonly chunks: ChunkSource;
  readonly second: SecondSource;
  readonly attributeName: string;
}

export interface DeviceScanOptions {
  readonly agno: number;
  readonly span: AgInoSpan;
  readonly attributes: 'read' | 'skip';
  readonly columns?: BatchColumns | undefined;
  readonly verifyCrc?: boolean | undefined;
  readonly counters?: ProgressCounters | undefined;
  readonly cancelled?: (() => boolean) | undefined;
  readonly onUnreadable?: ((inode: UnreadableInode) => void) | undefined;
}

const never = (): boolean => false;

/** Reads the inodes of parts of allocation groups from the device, with memory that it keeps. One for each thread. */
export class DeviceScanner {
  readonly #device: ScanDevice;
  readonly #attributeName: string;
  readonly #second: SecondSource;
  readonly #planner: SpanPlanner;
  readonly #readAhead: ReadAhead;
  readonly #batch = new InodeBatch(BATCH_ROWS);
  #options: DeviceScanOptions = { agno: 0, span: { from: 0, end: 0 }, attributes: 'read' };
  #onBatch: OnBatch = () => undefined;
  #counts: PartitionCounts = noCounts(0);
  #unreadable: UnreadableInode[] = [];
  #failure: NativeError | undefined;
  #parser: InodeParser;
  /** The group's number, as the two words of its first inode number. */
  #baseLow = 0;
  #baseHigh = 0;
  /** Of the filesystem's own inodes, those of this group, by their numbers within it. */
  #internal: readonly number[] = [];

  constructor({ device, chunks, second, attributeName }: DeviceScannerOptions) {
    this.#device = device;
    this.#attributeName = attributeName;
    this.#second = second;
    this.#planner = new SpanPlanner(device, chunks);
    this.#readAhead = new ReadAhead(device, this.#planner);
    this.#parser = this.#makeParser();
  }

  #makeParser(): InodeParser {
    const { attributes, columns = 'all', verifyCrc = false } = this.#options;
    return new InodeParser({ ...this.#device, attributeName: this.#attributeName, attributes, columns, verifyCrc });
  }

  /** @throws NativeError for anything but damage on disk, which the result tells; whatever `onBatch` throws */
  async scan(options: DeviceScanOptions, onBatch: OnBatch): Promise<PartitionResult> {
    this.#begin(options, onBatch);
    const cancelled = options.cancelled ?? never;
    try {
      await this.#readAhead.run(
        () => !cancelled(),
        (span, outcome) => this.#takeSpan(span, outcome),
      );
      this.#handOn();
    } catch (error) {
      // Damage that cannot be pinned to one inode: the group's B+tree, or a filesystem that was shut down.
      if (!isErrno(error, ...DAMAGE_CODES)) throw error;
      this.#failure = error;
    }
    const result = { ...this.#counts, unreadableInodes: this.#unreadable };
    if (this.#failure === undefined) return { ...result, complete: !cancelled() };
    const { code, message } = this.#failure;
    return { ...result, complete: false, failure: { code, message } };
  }

  #begin(options: DeviceScanOptions, onBatch: OnBatch): void {
    this.#options = options;
    this.#onBatch = onBatch;
    this.#counts = noCounts(options.agno);
    this.#unreadable = [];
    this.#failure = undefined;
    this.#batch.count = 0;
    this.#parser = this.#makeParser();
    const base = BigInt(options.agno) << BigInt(this.#device.agInoBits);
    this.#baseLow = Number(base & 0xffff_ffffn);
    this.#baseHigh = Number(base >> 32n);
    const { agInoBits, internalInos } = this.#device;
    const ofGroup = internalInos.filter((ino) => ino >> BigInt(agInoBits) === BigInt(options.agno));
    this.#internal = ofGroup.map((ino) => Number(ino - base));
    this.#planner.reset(options.agno, options.span);
    this.#second.beginGroup(options.agno);
  }

  #takeSpan(span: ReadSpan, { bytes, error }: ReadOutcome): void {
    if (error !== undefined) this.#failure ??= error;
    for (let index = 0; index < span.count; index++) {
      // One bad place must not hide its neighbours.
      const validBytes = error === undefined ? bytes : readChunkAgain(this.#device, span, index, this.#options.agno);
      this.#takeChunk(span, index, validBytes);
    }
  }

  #takeChunk(span: ReadSpan, index: number, validBytes: number): void {
    const { inodeSizeBytes } = this.#device;
    const batch = this.#batch;
    const parser = this.#parser;
    const baseLow = this.#baseLow;
    const baseHigh = this.#baseHigh;
    const agIno = span.agIno[index] ?? 0;
    this.#leaveOutInternal(span, index);
    const low = span.maskLow[index] ?? 0;
    const high = span.maskHigh[index] ?? 0;
    // Within the read, so that it fits 32 bits; as such it stays in a register from here to the parser.
    const chunkAt = (this.#options.agno * this.#device.agBytes + agIno * inodeSizeBytes - span.fromByte) | 0;
    for (let bit = 0; bit < CHUNK_INODES; bit++) {
      if ((((bit < 32 ? low : high) >>> (bit & 31)) & 1) === 0) continue;
      if (batch.count === batch.capacity) this.#handOn();
      const at = chunkAt + bit * inodeSizeBytes;
      const inoLow = (baseLow | (agIno + bit)) >>> 0;
      if (at + inodeSizeBytes > validBytes) {
        this.#shortRead();
        this.#settle(inoLow);
        continue;
      }
      const parsed = parser.append(batch, span, at, inoLow, baseHigh);
      if (parsed === PARSED.unlinked) this.#counts.unlinked += 1;
      else if (parsed === PARSED.suspect) this.#settle(inoLow);
    }
  }

  /** The filesystem's own inodes are in no folder, and bulkstat does not show them either. */
  #leaveOutInternal(span: ReadSpan, index: number): void {
    for (const internal of this.#internal) {
      const bit = internal - (span.agIno[index] ?? 0);
      if (bit < 0 || bit >= CHUNK_INODES) continue;
      const masks = bit < 32 ? span.maskLow : span.maskHigh;
      const mask = masks[index] ?? 0;
      const flag = (1 << (bit & 31)) >>> 0;
      if ((mask & flag) !== 0) this.#counts.internal += 1;
      masks[index] = mask & ~flag;
    }
  }

  /** The device ended before what the filesystem has on it. */
  #shortRead(): void {
    this.#failure ??= new NativeError('EIO', 'read', `${this.#device.path}, which ends too early`);
  }

  /** Asks the kernel for an inode whose bytes are not what they should be. Comes in ascending order. */
  #settle(inoLow: number): void {
    const batch = this.#batch;
    const ino = toIno((BigInt(this.#baseHigh) << 32n) | BigInt(inoLow));
    const outcome = this.#second.probe(ino);
    if (outcome.kind === 'delivered') return this.#insert();
    this.#counts[outcome.kind] += 1;
    if (outcome.kind !== 'unreadable') return;
    // Rows below it go first, so that the consumer of both streams sees one ascending order.
    this.#handOn();
    const inode = { ino, code: outcome.code };
    if (this.#unreadable.length < UNREADABLE_NAMED_MAX) this.#unreadable.push(inode);
    this.#options.onUnreadable?.(inode);
    batch.count = 0;
  }

  #insert(): void {
    const { words } = this.#second;
    const at = BulkstatRequest.wordOffset(0);
    if (recordNlink(words, at) === 0) {
      this.#counts.unlinked += 1;
      return;
    }
    const batch = this.#batch;
    const row = batch.count++;
    writeRecord(batch, row, words, at, this.#options.columns);
    const isRegular = ((batch.mode[row] ?? 0) & S_IFMT) === S_IFREG;
    if (isRegular && this.#options.attributes === 'read') batch.attributeStatus[row] = ATTRIBUTE_STATUS.elsewhere;
    this.#counts.fetchedSingly += 1;
  }

  /** Completes the rows with attributes and states, hands them on and empties the batch. */
  #handOn(): void {
    const batch = this.#batch;
    const elsewhere = countElsewhere(batch);
    if (elsewhere > 0) {
      this.#counts.attributesElsewhere += elsewhere;
      this.#counts.attributesUnreadable += this.#second.fillElsewhere(batch, (outcome) => {
        this.#counts[outcome] += 1;
      });
    }
    const managed = fillStates(batch);
    this.#counts.inodes += batch.count;
    this.#counts.managed += managed;
    this.#options.counters?.add('inodes', batch.count);
    this.#options.counters?.add('managed', managed);
    if (batch.count > 0) this.#onBatch(batch);
    batch.count = 0;
  }
}

function countElsewhere(batch: InodeBatch): number {
  let count = 0;
  const { attributeStatus } = batch;
  for (let row = 0; row < batch.count; row++) if (attributeStatus[row] === ATTRIBUTE_STATUS.elsewhere) count += 1;
  return count;
}
