/**
 * Fault injection: `HSMCK_FAULT=<step>[#<n>]=kill|tear|eio|enospc|pause` acts at the n-th pass of a named step. It is
 * part of the product, so that an administrator can rehearse a crash with the very program that will have to mend it.
 */
import { UsageError } from '../errors.js';
import { NativeError } from '../native/native-error.js';
import { isStepName, type StepName } from './step-names.js';

export const FAULT_ACTIONS = {
  kill: 'SIGKILL to the own process (status 137)',
  tear: 'do half of what the step is about to write, then as kill; where nothing can be halved, as kill',
  eio: 'the step fails with EIO',
  enospc: 'the step fails with ENOSPC',
  pause: 'stop the own process (SIGSTOP) until it gets SIGCONT',
} as const;

export type FaultAction = keyof typeof FAULT_ACTIONS;

interface Fault {
  readonly step: StepName;
  readonly pass: number;
  readonly action: FaultAction;
}

/** Reports that a named step was reached; `tear` does half of what comes next. */
export type PassStep = (step: StepName, tear?: () => void) => void;

const SYNTAX = '<step>[#<n>]=kill|tear|eio|enospc|pause';

function parseFault(text: string): Fault {
  const match = /^([a-z]+:[a-z-]+)(?:#([1-9][0-9]{0,8}))?=([a-z]+)$/.exec(text);
  const [, step, pass, action] = match ?? [];
  if (!step || !action) throw new UsageError(`HSMCK_FAULT="${text}" is not of the form ${SYNTAX}`);
  if (!isStepName(step)) {
    throw new UsageError(`HSMCK_FAULT names the step "${step}", which does not exist; "hsmck faults" lists all steps`);
  }
  if (!Object.hasOwn(FAULT_ACTIONS, action)) {
    throw new UsageError(`HSMCK_FAULT asks for "${action}"; possible are ${Object.keys(FAULT_ACTIONS).join(', ')}`);
  }
  return { step, pass: Number(pass ?? '1'), action: action as FaultAction };
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // SIGKILL to oneself is delivered before kill(2) returns; this line is for the type checker.
  throw new Error('survived SIGKILL');
}

function act(action: FaultAction, step: StepName, tear: (() => void) | undefined): void {
  switch (action) {
    case 'kill':
      die();
      break;
    case 'tear':
      tear?.();
      die();
      break;
    case 'eio':
      throw new NativeError('EIO', 'fault injection at', step);
    case 'enospc':
      throw new NativeError('ENOSPC', 'fault injection at', step);
    case 'pause':
      process.kill(process.pid, 'SIGSTOP');
      break;
  }
}

/**
 * The function that every named step calls. Without a fault it does nothing.
 * @param text the value of HSMCK_FAULT, undefined or empty for none
 * @param onFault hears that the fault is about to act
 * @throws UsageError for a fault that does not exist
 */
export function createSteps(text: string | undefined, onFault?: () => void): PassStep {
  if (text === undefined || text === '') return () => undefined;
  const fault = parseFault(text);
  let passes = 0;
  return (step, tear) => {
    if (step !== fault.step) return;
    passes += 1;
    if (passes !== fault.pass) return;
    onFault?.();
    act(fault.action, step, tear);
  };
}
