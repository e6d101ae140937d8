/**
 * Users of all kinds at each step of each operation. The operation completes or backs off; what the users did is there, and
 * so is everything else.
 */
import fs from 'node:fs';
import { expect, test } from 'vitest';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import { ONCE_A_BATCH } from '../crash/crash-cycle.js';
import { describeAsRoot } from '../support/require-root.js';
import { CHOICE, rotated } from './rotation.js';
import { FORWARD_MOMENTS, useStage } from './stage.js';

/** So many times fewer moments in a run of CI. */
const EVERY = 8;

const OUTCOMES = /^(archived|released|recalled|removed|busy|conflict)$/;

describeAsRoot(`users at one step of an operation that goes on (${CHOICE})`, () => {
  const stage = useStage();

  test.each(rotated(FORWARD_MOMENTS, EVERY))('$step', async ({ step, start }) => {
    const { hsm, newPlay } = stage();
    const operation = start === 'archive anew' ? 'archive' : (start satisfies ForwardOperation);
    const play = await newPlay(start);
    const onStep = play.actAt(step, ONCE_A_BATCH.test(step));
    const outcomes = play.outcomes(await hsm.run(operation, play.names, { onStep }));
    await play.end();
    expect(play.players.filter(({ hasActed }) => !hasActed).map(({ action }) => action)).toEqual([]);
    for (const outcome of Object.values(outcomes)) expect(outcome).toMatch(OUTCOMES);
    expect(hsm.intents()).toEqual([]);
    play.assertKept('after the operation');
    expect(await play.unexplained()).toEqual([]);
    await play.settle();
    await play.clear();
  });

  test('a byte that is lost is found out', async () => {
    const { hsm, newPlay } = stage();
    const play = await newPlay('release');
    expect(new Set(await hsm.outcomes('release', play.names))).toEqual(new Set(['released']));
    play.assertKept('released');
    const victim = play.players[0]?.original;
    const object = hsm.objects().find((file) => victim && fs.readFileSync(file).equals(victim));
    expect(object).toBeDefined();
    fs.truncateSync(object ?? '', 5000);
    expect(() => play.assertKept('without a copy')).toThrow('bytes are lost');
    fs.rmSync(play.players[1]?.file ?? '');
    expect(() => play.assertKept('without a file')).toThrow(/is gone|bytes are lost/);
  });
});
