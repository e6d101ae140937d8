/** A disaster's first look: what is interrupted on a device or image that is not mounted. Writes nothing anywhere. */
import type { IntentRow } from '../catalog/intent-rows.js';
import type { Op } from '../dm/identity.js';
import { toGen, type Gen } from '../native/inode-id.js';
import { inoAt } from '../scan/batch-values.js';
import type { InodeBatch } from '../scan/inode-batch.js';
import { scanStateCode } from '../scan/inode-state.js';
import { scanPartition } from '../scan/scan-partition.js';
import type { PartitionResult } from '../scan/xfs-bulkstat/partition-result.js';
import { isInFlightCode } from './candidate.js';
import { markFinding } from './filesystem-findings.js';
import type { Finding } from './finding.js';
import { lookAtAbsent, lookAtRow, type ImageLookContext } from './image-look.js';
import type { InodePresence } from './inode-access.js';
import { judge } from './judge.js';
import { unreadableFinding } from './reconcile-partition.js';
import type { RegisteredImage } from './registered-image.js';

export interface CheckImageOptions {
  readonly subject: RegisteredImage;
  readonly signal?: AbortSignal | undefined;
  readonly onFinding: (finding: Finding) => void;
  readonly onProgress?: ((progress: { readonly inodes: number; readonly expectedInodes: number }) => void) | undefined;
}

export interface CheckImageResult {
  /** False: the journal was not replayed. */
  readonly settled: boolean;
  readonly inodes: number;
  readonly managed: number;
  readonly candidates: number;
  /** Inodes whose attribute lies outside of them, where only a kernel finds it: they may be in any state. */
  readonly attributesUnread: number;
  /** Open intents of which nothing can be said, since the group of their inode was not scanned to its end. */
  readonly intentsUnseen: number;
  readonly complete: boolean;
  readonly cancelled: boolean;
  readonly failures: readonly { readonly agno: number; readonly code: string; readonly message: string }[];
  readonly seconds: number;
}

const INTENTS_PER_PAGE = 512;
const UNREADABLE = scanStateCode('unreadable');

/** The open intents of the filesystem, by the inode number that they are about. */
class OpenIntents {
  readonly #byIno = new Map<bigint, IntentRow[]>();
  /** The low words of these numbers: what is not among them costs no bigint. */
  readonly #lowWords = new Set<number>();
  readonly #presence = new Map<bigint, InodePresence>();

  constructor({ catalog, fs }: ImageLookContext) {
    let after: Op | undefined;
    for (;;) {
      const page = catalog.intents.page(fs, { limit: INTENTS_PER_PAGE, ...(after !== undefined && { after }) });
      for (const intent of page) {
        const { ino } = intent;
        this.#byIno.set(ino, [...(this.#byIno.get(ino) ?? []), intent]);
        this.#lowWords.add(Number(ino & 0xffff_ffffn));
      }
      after = page.at(-1)?.op;
      if (after === undefined || page.length < INTENTS_PER_PAGE) return;
    }
  }

  /** True if one of them is about the very inode in the row; of others, what became of theirs is noted. */
  take(batch: InodeBatch, row: number): boolean {
    if (!this.#lowWords.has(batch.inoLow[row] ?? 0)) return false;
    const ino = inoAt(batch, row);
    const intents = this.#byIno.get(ino);
    if (intents === undefined) return false;
    const gen: Gen = toGen(batch.gen[row] ?? 0);
    this.#byIno.set(
      ino,
      intents.filter((intent) => intent.gen !== gen),
    );
    this.#presence.set(ino, { kind: 'reused', gen });
    return intents.some((intent) => intent.gen === gen);
  }

  unreadable(ino: bigint, why: string): boolean {
    this.#presence.set(ino, { kind: 'unreadable', why });
    return this.#byIno.has(ino);
  }

  /** Those whose inode did not show, and what is known of it. */
  *left(): Generator<{ intent: IntentRow; presence: InodePresence }> {
    for (const [ino, intents] of this.#byIno) {
      for (const intent of intents) yield { intent, presence: this.#presence.get(ino) ?? { kind: 'gone' } };
    }
  }
}

/** One check while it goes on. */
class ImageCheck {
  readonly #options: CheckImageOptions;
  readonly #context: ImageLookContext;
  readonly #intents: OpenIntents;
  readonly results: PartitionResult[] = [];
  candidates = 0;
  intentsUnseen = 0;
  attributesUnread = 0;

  constructor(options: CheckImageOptions) {
    const { catalog, filesystem } = options.subject;
    this.#options = options;
    this.#context = { catalog, fs: filesystem.fs };
    this.#intents = new OpenIntents(this.#context);
  }

  #tell(finding: Finding | undefined): void {
    this.candidates += 1;
    if (finding !== undefined) this.#options.onFinding(finding);
  }

  #takeBatch(batch: InodeBatch): void {
    const { blockSizeBytes } = this.#options.subject.image.scanDevice;
    for (let row = 0; row < batch.count; row++) {
      const state = batch.state[row] ?? 0;
      if (state === UNREADABLE) this.attributesUnread += 1;
      const isIntended = this.#intents.take(batch, row);
      if (isIntended || isInFlightCode(state)) this.#tell(judge(lookAtRow(this.#context, batch, row, blockSizeBytes)));
    }
  }

  async scan(): Promise<void> {
    const { subject, signal, onFinding, onProgress } = this.#options;
    const { scanDevice: device, partitions, attributeName } = subject.image;
    const expectedInodes = partitions.reduce((total, partition) => total + partition.expectedInodes, 0);
    let inodes = 0;
    const cancelled = (): boolean => signal?.aborted === true;
    for (const { agno } of partitions) {
      if (cancelled()) return;
      const result = await scanPartition(
        {
          mount: undefined,
          device,
          agno,
          attributeName,
          attributes: 'read',
          cancelled,
          onUnreadable: (inode) => {
            if (!this.#intents.unreadable(inode.ino, inode.code)) onFinding(unreadableFinding(inode));
          },
        },
        (batch) => {
          this.#takeBatch(batch);
          inodes += batch.count;
          onProgress?.({ inodes, expectedInodes });
        },
      );
      this.results.push(result);
    }
  }

  /** What was not scanned to the end is never judged missing. */
  finish(): void {
    const agInoBits = BigInt(this.#options.subject.image.scanDevice.agInoBits);
    const whole = new Set(this.results.filter(({ complete }) => complete).map(({ agno }) => agno));
    for (const { intent, presence } of this.#intents.left()) {
      const isKnown = presence.kind !== 'gone' || whole.has(Number(intent.ino >> agInoBits));
      if (isKnown) this.#tell(judge(lookAtAbsent(this.#context, intent, presence)));
      else this.intentsUnseen += 1;
    }
  }
}

/**
 * Looks for interrupted operations and open intents on a device or image that is not mounted, by what the inodes and the catalog say.
 * Where the data lies and what the archive holds is not looked at.
 * @throws NativeError, CatalogError
 */
export async function checkImage(options: CheckImageOptions): Promise<CheckImageResult> {
  const { subject, onFinding, signal } = options;
  const mark = markFinding(subject);
  if (mark !== undefined) onFinding(mark);
  const check = new ImageCheck(options);
  const startedMs = performance.now();
  await check.scan();
  const seconds = (performance.now() - startedMs) / 1000;
  const cancelled = signal?.aborted === true;
  if (!cancelled) check.finish();
  const { results, candidates, attributesUnread, intentsUnseen } = check;
  const sum = (count: 'inodes' | 'managed'): number => results.reduce((total, result) => total + result[count], 0);
  const settled = subject.image.isCurrent;
  const isWhole = results.every(({ complete }) => complete) && attributesUnread === 0 && intentsUnseen === 0;
  return {
    settled,
    inodes: sum('inodes'),
    managed: sum('managed'),
    candidates,
    attributesUnread,
    intentsUnseen,
    complete: settled && isWhole && !cancelled,
    cancelled,
    failures: results.flatMap(({ agno, failure }) => (failure ? [{ agno, ...failure }] : [])),
    seconds,
  };
}
