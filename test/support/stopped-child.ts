import fs from 'node:fs';
import { hasStopped } from './stopped-process.js';

const POLL_MS = 20;
const PAUSE_TIMEOUT_MS = 60_000;

/** Waits for the process of ours that names the catalog and has stopped itself (the fault `pause`). */
export async function stoppedChild(catalogPath: string): Promise<number> {
  const deadline = Date.now() + PAUSE_TIMEOUT_MS;
  while (Date.now() < deadline) {
    for (const name of fs.readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      try {
        const isOurs = fs.readFileSync(`/proc/${name}/cmdline`).includes(catalogPath);
        if (isOurs && hasStopped(Number(name))) return Number(name);
      } catch {
        // It ended while we looked.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error('no child stopped itself');
}
