/**
 * Users of all kinds wait for a process that stands still at a step; it is killed, they get in, perhaps the power fails,
 * and recovery has to make sense of what they left.
 */
import { expect, test } from 'vitest';
import type { StepName } from '../../src/migrate/step-names.js';
import { ONCE_A_BATCH } from '../crash/crash-cycle.js';
import { describeAsRoot } from '../support/require-root.js';
import { stoppedChild } from '../support/stopped-child.js';
import type { Play, Start } from './play.js';
import { CHOICE, rotated } from './rotation.js';
import { FORWARD_MOMENTS, stepsOf, useStage } from './stage.js';

/** So many times fewer moments in a run of CI. */
const EVERY = 19;

/** Steps that pass once for each file: some of the files are behind it, others before it. */
const PASS = 12;
const KILLED = 137;

const faultAt = (step: StepName, action: string): string =>
  `${step}${ONCE_A_BATCH.test(step) ? '' : `#${PASS}`}=${action}`;

interface Killed {
  readonly step: StepName;
  readonly start: Start;
  /** What died before, for recovery to have work. */
  readonly diedAt?: StepName;
  readonly prefer?: 'complete' | 'revert';
}

/** For each step of recovery, an interrupted operation that leads there. */
function recoveryOf(step: StepName): Killed {
  if (step.endsWith('-trash')) return { step, start: 'remove', diedAt: 'remove:after-settle-sync' };
  if (step.endsWith('-punch')) return { step, start: 'release', diedAt: 'release:before-punch' };
  return { step, start: 'recall', diedAt: 'recall:before-fill' };
}

const MOMENTS: readonly Killed[] = [...FORWARD_MOMENTS, ...stepsOf('recover').map(recoveryOf)];
const CASES = MOMENTS.flatMap((moment) => [
  { ...moment, disaster: 'killed' },
  { ...moment, disaster: 'killed, then the power fails' },
]);

describeAsRoot(`users who wait for a process that is killed (${CHOICE})`, () => {
  const stage = useStage();

  async function die(play: Play, args: readonly string[], fault: string): Promise<void> {
    const { shellStatus, stderr } = await play.hsm.child(args, fault);
    expect({ shellStatus, stderr }).toEqual({ shellStatus: KILLED, stderr: '' });
  }

  test.each(rotated(CASES, EVERY))('$step, $disaster', async ({ step, start, diedAt, disaster }) => {
    const { hsm, newPlay } = stage();
    const play = await newPlay(start);
    const files = play.players.map(({ file }) => file);
    const operation = [start === 'archive anew' ? 'archive' : start, ...files];
    if (diedAt) await die(play, operation, faultAt(diedAt, 'kill'));
    const command = diedAt ? ['recover', hsm.scratch.mountPoint, '--apply'] : operation;
    const running = die(play, command, faultAt(step, 'pause'));
    const pid = await stoppedChild(hsm.catalogPath);
    play.actAll();
    process.kill(pid, 'SIGKILL');
    await running;
    await play.end();
    play.assertKept('after the crash');
    if (disaster !== 'killed') hsm.powerCut();
    play.assertKept('after the power cut');
    await play.settle();
    await play.clear();
  });
});
