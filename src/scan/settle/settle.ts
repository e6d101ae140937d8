/** Bringing what the kernel has in memory to its place on the device, before the device is scanned. */
import { setTimeout } from 'node:timers/promises';
import { syncFilesystem } from '../../native/io.js';
import type { OpenMount } from '../open-mount.js';
import { freezeInChild, type FreezeOutcome } from './freeze-child.js';
import { freezeRefusal, type Place } from './freeze-refusal.js';

/**
 * `freeze` freezes and thaws the filesystem, around nothing: afterwards everything that was complete before is in its
 * place. `sync` writes data and the journal, which is not that place. `none` does nothing.
 */
export const SETTLE_WAYS = ['freeze', 'sync', 'none'] as const;
export type SettleWay = (typeof SETTLE_WAYS)[number];

export interface SettleOptions {
  readonly way: SettleWay;
  /** What this process may write to meanwhile. */
  readonly places: readonly Place[];
  /** Told when the freeze takes longer than it should. */
  readonly onSlow?: ((seconds: number) => void) | undefined;
}

export type Settled =
  /** The device shows everything that was complete when it was asked for. */
  | { readonly kind: 'settled' }
  /** It may show less: that was the wish. */
  | { readonly kind: 'unsettled' }
  /** It was to be settled and was not. */
  | { readonly kind: 'refused'; readonly why: string };

const BUSY_ATTEMPTS = 10;
const BUSY_RETRY_MS = 200;
const SLOW_SECONDS = 5;

const WHY: Readonly<Record<string, string>> = {
  EROOTFS: 'it is the root filesystem',
  EMOUNT: 'another filesystem has been mounted there meanwhile',
  EPERM: 'that needs CAP_SYS_ADMIN',
  EOPNOTSUPP: 'the filesystem cannot be frozen',
};

/** One attempt, which tells when it takes longer than it should: whoever writes there waits as long. */
async function freezeOnce(mount: OpenMount, onSlow: SettleOptions['onSlow']): Promise<FreezeOutcome> {
  const startedMs = performance.now();
  const timer = setInterval(() => onSlow?.((performance.now() - startedMs) / 1000), SLOW_SECONDS * 1000);
  try {
    return await freezeInChild(mount);
  } finally {
    clearInterval(timer);
  }
}

async function freeze(mount: OpenMount, { places, onSlow }: SettleOptions): Promise<Settled> {
  const refusal = freezeRefusal(mount.mount.device, places);
  if (refusal !== undefined) return { kind: 'refused', why: refusal };
  for (let attempt = 0; attempt < BUSY_ATTEMPTS; attempt++) {
    if (attempt > 0) await setTimeout(BUSY_RETRY_MS);
    const outcome = await freezeOnce(mount, onSlow);
    if (outcome.kind === 'settled') return { kind: 'settled' };
    if (outcome.kind === 'failed') {
      const { code } = outcome;
      return { kind: 'refused', why: WHY[code] ?? `the process that freezes it ended by ${code}` };
    }
  }
  return { kind: 'refused', why: 'somebody else has it frozen' };
}

/** Settles a mounted filesystem. @throws NativeError if the sync fails */
export async function settleMount(mount: OpenMount, options: SettleOptions): Promise<Settled> {
  // Nothing changes there, and mounting it so, or turning it so, put everything in its place.
  if (mount.mount.superOptions.includes('ro')) return { kind: 'settled' };
  if (options.way === 'freeze') return freeze(mount, options);
  if (options.way === 'sync') syncFilesystem(mount.rootFd, mount.mountPath.toString());
  return { kind: 'unsettled' };
}
