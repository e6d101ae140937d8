import { whereError } from './where-error.js';

export interface Token {
  readonly kind: 'word' | 'operator' | 'open' | 'close' | 'end';
  readonly text: string;
  /** Index of its first character. */
  readonly position: number;
}

export const OPERATORS = ['=', '!=', '<', '<=', '>', '>='] as const;
export type Operator = (typeof OPERATORS)[number];

const PATTERN = /\s*(?:(!=|<=|>=|=|<|>)|(\()|(\))|([\w.:+@-]+))/y;
const LENGTH_MAX = 10_000;

/**
 * Cuts an expression into words, operators and brackets; the last token is always `end`.
 * @throws UsageError
 */
export function tokenize(expression: string): Token[] {
  if (expression.length > LENGTH_MAX) {
    throw whereError(expression.slice(0, 60), 0, 'the expression is too long', `It may have ${LENGTH_MAX} characters.`);
  }
  const tokens: Token[] = [];
  const end = expression.trimEnd().length;
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < end) {
    const start = PATTERN.lastIndex;
    const match = PATTERN.exec(expression);
    if (!match) throw unexpected(expression, start);
    const [whole, operator, open, close, word] = match;
    const text = operator ?? open ?? close ?? word ?? '';
    const kind = operator ? 'operator' : open ? 'open' : close ? 'close' : 'word';
    tokens.push({ kind, text, position: start + whole.length - text.length });
  }
  tokens.push({ kind: 'end', text: '', position: end });
  return tokens;
}

function unexpected(expression: string, from: number): Error {
  const position = from + (expression.slice(from).match(/^\s*/)?.[0].length ?? 0);
  const character = expression[position] ?? '';
  const hint = /["'`]/.test(character)
    ? 'Values are written without quotation marks.'
    : /[&|]/.test(character)
      ? 'Conditions are joined with the words "and" and "or".'
      : 'Conditions look like: size >= 1M and state = offline';
  return whereError(expression, position, `unexpected "${character}"`, hint);
}
