import { FAULT_ACTIONS } from '../../migrate/faults.js';
import { STEPS } from '../../migrate/step-names.js';
import { plural } from '../../report/format-amount.js';
import type { CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';

/** `hsmck faults`: lists the named steps. */
export function runFaults(context: CommandContext): number {
  const { terminal } = context;
  const steps = Object.entries(STEPS);
  const width = Math.max(...steps.map(([step]) => step.length));
  for (const [step, does] of steps) terminal.line('fault', { step, does }, `${step.padEnd(width)}  ${does}\n`);
  const actions = Object.entries(FAULT_ACTIONS).map(([action, does]) => `  ${action.padEnd(7)} ${does}\n`);
  const text = `\n${plural(steps.length, 'step')}. HSMCK_FAULT=<step>[#<n>]=<action>, at the n-th pass; actions:\n${actions.join('')}`;
  terminal.line('summary', { command: 'faults', steps: steps.length, exit_code: EXIT.CLEAN }, text);
  return EXIT.CLEAN;
}
