import { UsageError } from '../../errors.js';

/** Shows where in the expression something is wrong, and what would be right. */
export function whereError(expression: string, position: number, problem: string, hint: string): UsageError {
  const pointer = `${' '.repeat(position)}^`;
  return new UsageError(`--where: ${problem} at position ${position + 1}\n  ${expression}\n  ${pointer}\n${hint}`);
}
