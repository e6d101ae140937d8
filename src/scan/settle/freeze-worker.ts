/**
 * The process that freezes and thaws: in a session of its own, with nothing open for writing but the pipe to its parent
 * and the flag, so that it cannot wait for what it has frozen, nor die with its parent. Started by freeze-child.ts:
 *
 *   node freeze-worker.js MOUNT-PATH-IN-BASE64 MAJOR:MINOR
 *
 * It prints a line a step; which ones, freeze-child.ts says.
 */
import fs from 'node:fs';
import { HsmckError } from '../../errors.js';
import { freezeFilesystem, thawFilesystem } from '../../native/freeze.js';
import { openPath, syncFilesystem } from '../../native/io.js';
import { statFd, statPath } from '../../native/statx.js';
import { holdFlag, raiseFlag } from './freeze-flag.js';
import { FREEZE_LINE } from './freeze-line.js';

function say(line: string): void {
  try {
    fs.writeSync(1, `${line}\n`);
  } catch {
    // The parent is gone. What was begun is brought to its end all the same.
  }
}

function settle(mountPath: Buffer, device: string): string {
  const target = mountPath.toString();
  const rootFd = openPath(mountPath, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  if (statFd(rootFd, target).device !== device) return `${FREEZE_LINE.failed} EMOUNT`;
  // Whatever the parent has looked at: a frozen root filesystem takes the machine down with it.
  if (statPath(Buffer.from('/')).device === device) return `${FREEZE_LINE.failed} EROOTFS`;
  syncFilesystem(rootFd, target);
  const flag = holdFlag(device);
  if (flag === undefined) return FREEZE_LINE.busy;
  let isFrozen = false;
  try {
    raiseFlag(flag);
    say(FREEZE_LINE.freezing);
    if (freezeFilesystem(rootFd, target) === 'busy') return FREEZE_LINE.busy;
    isFrozen = true;
    thawFilesystem(rootFd, target);
    isFrozen = false;
    return FREEZE_LINE.settled;
  } finally {
    // Where the thaw failed the flag stays: whoever sees it, the parent first, tries again.
    if (!isFrozen) flag.release();
  }
}

// In its own session it gets no signals from a terminal; one that is sent on purpose has to wait until the thaw.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => undefined);

const [, , mountPath = '', device = ''] = process.argv;
try {
  say(settle(Buffer.from(mountPath, 'base64'), device));
} catch (error) {
  say(`${FREEZE_LINE.failed} ${error instanceof HsmckError ? error.code : 'EUNKNOWN'}`);
}
