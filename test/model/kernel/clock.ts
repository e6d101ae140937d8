import type { Inode } from './inode.js';

const TICK_NS = 4_000_000n;
const CALL_NS = 50_000n;
export const SECOND_NS = 1_000_000_000n;

/** The time of a simulated machine. Time stamps have a tick's grain, unless somebody has looked at the last one. */
export class Clock {
  nowNs = 1_790_000_000n * SECOND_NS;

  get nowMs(): number {
    return Number(this.nowNs / 1_000_000n);
  }

  /** A call into the kernel takes a moment. */
  pass(): void {
    this.nowNs += CALL_NS;
  }

  advanceSeconds(seconds: number): void {
    this.nowNs += BigInt(Math.round(seconds)) * SECOND_NS;
  }

  /** The time stamp for a change of an inode. */
  stamp(inode: Inode | undefined): bigint {
    const coarse = this.nowNs - (this.nowNs % TICK_NS);
    if (inode === undefined) return coarse;
    const { ctimeNs } = inode.image;
    if (!inode.ctimeQueried) return coarse > ctimeNs ? coarse : ctimeNs;
    inode.ctimeQueried = false;
    this.nowNs += 1n;
    return this.nowNs;
  }
}
