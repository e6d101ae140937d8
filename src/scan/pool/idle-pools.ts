import { Piscina } from 'piscina';

interface IdlePool {
  readonly pool: Piscina;
  readonly threads: number;
}

/** By what they run. Their threads do not keep the process from its end. */
const idle = new Map<string, IdlePool>();

/**
 * Threads that are ready to run a module: those of an earlier run of this process if there are any, for a thread takes longer to start than a
 * small filesystem to scan.
 */
export async function takePool<Request, Reply>(module: URL, threads: number): Promise<Piscina<Request, Reply>> {
  const kept = idle.get(module.href);
  idle.delete(module.href);
  if (kept?.threads === threads) return kept.pool as Piscina<Request, Reply>;
  await kept?.pool.destroy();
  const pool: Piscina = new Piscina({
    filename: module.href,
    minThreads: threads,
    maxThreads: threads,
    maxQueue: threads,
    // Inodes are opened by their handles past Node, which would warn of each of them when it is closed.
    trackUnmanagedFds: false,
  });
  // Of a thread that has no task at that moment; without a listener it would end the process.
  pool.on('error', () => {
    if (idle.get(module.href)?.pool === pool) idle.delete(module.href);
  });
  return pool as Piscina<Request, Reply>;
}

/** Gives back what `takePool` gave, with nothing left to do. */
export async function keepPool(module: URL, pool: Piscina, threads: number): Promise<void> {
  if (idle.has(module.href)) return pool.destroy();
  idle.set(module.href, { pool, threads });
}
