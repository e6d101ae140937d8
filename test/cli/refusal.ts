/** What is expected of a command that refuses: a status, one plain sentence, and nothing changed. */
import { expect } from 'vitest';
import type { ChildResult } from '../support/run-node.js';
import type { CliWorld, WorldOptions } from './cli-world.js';
import { stateOf } from './world-state.js';

/** No stack, no escape codes, no more than what a person reads at a glance. */
export function expectSentence({ stderr, stdout }: ChildResult, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/internal error|\n +at |\u001b/);
  expect(stderr.trimEnd().split('\n').length, stderr).toBeLessThanOrEqual(2);
  expect(stdout).not.toContain('\u001b');
}

export interface Refusal extends WorldOptions {
  readonly args: readonly string[];
  readonly status?: number;
  readonly message: RegExp;
}

/** Runs a command that has to refuse as a whole, and sees to it that nothing was changed. */
export async function expectRefusal(world: CliWorld, refusal: Refusal): Promise<ChildResult> {
  const { args, status = 8, message, ...options } = refusal;
  const before = stateOf(world);
  const result = await world.text(args, options);
  expectSentence(result, message);
  expect({ status: result.status, stdout: result.stdout }, args.join(' ')).toEqual({ status, stdout: '' });
  expect(stateOf(world), 'nothing was changed').toEqual(before);
  return result;
}
