/** Something happens at one step of an operation. */
import fs from 'node:fs';
import { expect } from 'vitest';
import type { StepName } from '../../src/migrate/step-names.js';

/** Acts at the first pass of a step. */
export function atStep(step: StepName, act: () => void): (passed: StepName) => void {
  let isDue = true;
  return (passed) => {
    if (passed !== step || !isDue) return;
    isDue = false;
    act();
  };
}

/** Opens a leased file as one does who will not wait: it is turned away, and whoever has the lease is told. */
export function knock(file: Buffer, access: 'to read' | 'to write'): void {
  const mode = access === 'to write' ? fs.constants.O_WRONLY : fs.constants.O_RDONLY;
  expect(() => fs.openSync(file, mode | fs.constants.O_NONBLOCK)).toThrow('EAGAIN');
}
