import { EXIT_MEANINGS } from './exit-codes.js';

export interface HelpFacts {
  readonly reads: string;
  readonly writes: string;
  /** Bits of the exit status that this command can set, besides usage. */
  readonly exits: readonly number[];
  readonly example: string;
  /** What a user must know before using it. */
  readonly warning?: string;
}

/** The part of a command's help behind its options. */
export function helpText({ reads, writes, exits, example, warning }: HelpFacts): string {
  const shown = EXIT_MEANINGS.filter(([bit]) => bit === 0 || bit === 16 || exits.includes(bit));
  const lines = shown.map(([bit, meaning]) => `  ${String(bit).padStart(2)}  ${meaning}`);
  return [
    ...(warning ? ['', `Warning: ${warning}`] : []),
    '',
    `Reads:   ${reads}`,
    `Writes:  ${writes}`,
    '',
    'Exit status (bits are added):',
    ...lines,
    '',
    'Example:',
    ...example.split('\n').map((line) => `  ${line}`),
  ].join('\n');
}
