// Runs one scan, ours or the reference, in a process of its own.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const CLI = path.join(import.meta.dirname, '../dist/cli/main.js');
/** VmHWM is a high-water mark, so the last look before the end is enough. */
const POLL_MS = 10;

function peakMemoryKib(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0; // ended meanwhile
  }
}

/** Resolves to what the program printed and its peak resident memory. Rejects if its status is none of `statuses`. */
export function runMeasured(program, args, statuses = [0]) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    let peakKib = 0;
    child.stdout.on('data', (chunk) => (stdout += chunk));
    const timer = setInterval(() => (peakKib = Math.max(peakKib, peakMemoryKib(child.pid))), POLL_MS);
    child.on('error', reject);
    child.on('close', (status) => {
      clearInterval(timer);
      if (statuses.includes(status)) resolve({ stdout, peakKib });
      else reject(new Error(`${program} ${args.join(' ')} ended with status ${status}`));
    });
  });
}

/** `hsmck scan --count` as a user runs it; its rate comes from its own summary. */
export async function scanOurs({ mountPoint, threads, attributes, source = 'xfs-bulkstat', verifyCrc = false }) {
  if (!fs.existsSync(CLI)) throw new Error('dist/cli/main.js is missing: run npm run build first');
  const options = ['--count', '--format', 'ndjson', '--progress', 'never', '--threads', String(threads)];
  options.push('--source', source);
  if (verifyCrc) options.push('--verify-crc');
  if (!attributes) options.push('--no-attributes');
  const { stdout, peakKib } = await runMeasured(process.execPath, [CLI, 'scan', mountPoint, ...options]);
  const summary = JSON.parse(stdout.trim().split('\n').at(-1));
  if (summary.type !== 'summary' || summary.complete !== true) throw new Error(`no complete scan: ${stdout}`);
  const { inodes, managed, seconds, total_seconds: totalSeconds } = summary;
  return { inodes: Number(inodes), managed: Number(managed ?? 0), seconds: Number(seconds), totalSeconds, peakKib };
}

/** The same calls from C (bulkstat-reference.c). */
export async function scanReference({ mountPoint, threads, attributes, inumbers, programs }) {
  const flags = [...(inumbers ? ['--inumbers'] : []), ...(attributes ? ['--attributes'] : [])];
  const program = path.join(programs, 'bulkstat-reference');
  const { stdout, peakKib } = await runMeasured(program, [mountPoint, String(threads), ...flags]);
  return { ...JSON.parse(stdout), peakKib };
}

/** Reads and parses as hsmck does (device-reference.c); `flags` are its own. */
export async function scanDeviceReference({ image, threads, flags = [], programs }) {
  const program = path.join(programs, 'device-reference');
  const { stdout, peakKib } = await runMeasured(program, [image.mountPoint, image.device, String(threads), ...flags]);
  return { ...JSON.parse(stdout), peakKib };
}

/** The middle one; of an even number, the upper of the two. */
export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
