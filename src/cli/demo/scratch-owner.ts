/** Names of scratch folders: they say which process made them, so that what a killed run left behind can be told. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';

const NAME = /^hsmck-scratch-(\d+)-(\d+)-[0-9a-f]{12}$/;
/** Field 22 of /proc/PID/stat, counted from behind the command name, which may hold spaces and brackets. */
const START_TIME_FIELD = 22 - 3;

/** When a process started, in clock ticks since boot (proc_pid_stat(5)); undefined if there is none of that number. */
function startTicks(pid: number): string | undefined {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD];
  } catch {
    return undefined;
  }
}

/** A folder name that no other process, and no earlier one of the same number, would make. */
export function newScratchName(): string {
  return `hsmck-scratch-${process.pid}-${startTicks(process.pid) ?? '0'}-${randomBytes(6).toString('hex')}`;
}

/** True for a scratch folder's name whose maker no longer runs; a process number that is in use again does not count. */
export function isAbandoned(name: string): boolean {
  const [, pid, ticks] = NAME.exec(name) ?? [];
  return pid !== undefined && ticks !== undefined && startTicks(Number(pid)) !== ticks;
}
