import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { thawFilesystem } from '../../native/freeze.js';
import { startedModule } from '../../package-files.js';
import type { OpenMount } from '../open-mount.js';
import { FREEZE_LINE } from './freeze-line.js';
import { thawLeftovers } from './thaw-leftovers.js';

/** How one attempt at freezing and thawing ended; `failed` carries the error's code. */
export type FreezeOutcome = { readonly kind: 'settled' | 'busy' } | { readonly kind: 'failed'; readonly code: string };

function outcomeOf(lines: readonly string[], endedBy: string): FreezeOutcome {
  const last = lines.at(-1) ?? '';
  if (last === FREEZE_LINE.settled) return { kind: 'settled' };
  if (last === FREEZE_LINE.busy) return { kind: 'busy' };
  const [word, code] = last.split(' ');
  return { kind: 'failed', code: word === FREEZE_LINE.failed && code !== undefined ? code : endedBy };
}

/**
 * Freezes and thaws a filesystem in a child process (freeze-worker.ts). Should the child die after it has announced the
 * freeze, its parent thaws.
 * @throws NativeError if that thaw fails
 */
export function freezeInChild(mount: OpenMount): Promise<FreezeOutcome> {
  const worker = fileURLToPath(startedModule('scan/settle/freeze-worker.js'));
  const args = [worker, mount.mountPath.toString('base64'), mount.mount.device];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'ignore'], cwd: '/' });
    let text = '';
    child.stdout.on('data', (piece: Buffer) => (text += piece.toString()));
    child.on('error', reject);
    child.on('close', (status, signal) => {
      const lines = text.split('\n').filter((line) => line !== '');
      const outcome = outcomeOf(lines, signal ?? `status ${status}`);
      try {
        if (lines.at(-1) === FREEZE_LINE.freezing) thawFilesystem(mount.rootFd, mount.mountPath.toString());
        if (outcome.kind === 'failed' && lines.includes(FREEZE_LINE.freezing)) thawLeftovers();
        resolve(outcome);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}
