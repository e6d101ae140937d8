/** Processes of ours that a fault `pause` has stopped. */
import fs from 'node:fs';

const STOPPED = /\) T /;

/** True once every thread of the process stands still: SIGSTOP takes them one after the other. False if it has ended. */
export function hasStopped(pid: number): boolean {
  try {
    const tasks = fs.readdirSync(`/proc/${pid}/task`);
    return tasks.every((task) => STOPPED.test(fs.readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1')));
  } catch {
    return false; // it ended while we looked
  }
}
