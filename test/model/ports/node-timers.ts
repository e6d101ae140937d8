import { world } from '../kernel/world.js';

/** Nothing else runs in the simulated process, so nothing is waited for. */
export const setImmediate = async (): Promise<void> => undefined;

export async function setTimeout(delayMs: number): Promise<void> {
  world().machine.clock.nowNs += BigInt(Math.round(delayMs * 1e6));
}
