import { UsageError } from '../../errors.js';

/** Says where in the expression something is wrong, and what would be right; on one line, as all messages are. */
export function whereError(expression: string, position: number, problem: string, hint: string): UsageError {
  return new UsageError(`--where: ${problem} at character ${position + 1} of '${expression}'. ${hint}`);
}
