/**
 * `--where EXPR`: which inodes a scan is about.
 *
 *   expression := conjunction { "or" conjunction }
 *   conjunction := condition { "and" condition }
 *   condition := "not" condition | "(" expression ")" | "managed" | field operator value
 *
 * Fields: ino gen mode nlink uid gid projid size blocks mtime ctime state type managed. Operators: = != < <= > >=.
 * Times compare as moments, so `mtime < 30d` means: last changed before the moment 30 days ago, older than 30 days.
 */
import { FIELDS, isManaged, type Field } from './where/fields.js';
import type { Predicate } from './where/comparisons.js';
import { tokenize, type Operator, type Token } from './where/tokens.js';
import { whereError } from './where/where-error.js';

export type { Predicate } from './where/comparisons.js';

const FIELD_NAMES = Object.keys(FIELDS);
const DEPTH_MAX = 100;
const EXAMPLE = 'Conditions look like: size >= 1M and (state = offline or mtime < 30d)';

class Parser {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  readonly #nowNs: bigint;
  #next = 0;
  #depth = 0;

  constructor(expression: string, nowNs: bigint) {
    this.#expression = expression;
    this.#tokens = tokenize(expression);
    this.#nowNs = nowNs;
  }

  parse(): Predicate {
    const predicate = this.#disjunction();
    const rest = this.#peek();
    if (rest.kind === 'close') throw this.#error(rest, 'a ")" without its "("', 'Remove it, or add a "(".');
    if (rest.kind !== 'end')
      throw this.#error(rest, `unexpected "${rest.text}"`, 'Join conditions with "and" or "or".');
    return predicate;
  }

  #error(token: Token, problem: string, hint: string): Error {
    return whereError(this.#expression, token.position, problem, hint);
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', position: this.#expression.length };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #takeWord(word: string): boolean {
    const token = this.#peek();
    const isIt = token.kind === 'word' && token.text.toLowerCase() === word;
    if (isIt) this.#next += 1;
    return isIt;
  }

  #disjunction(): Predicate {
    let left = this.#conjunction();
    while (this.#takeWord('or')) {
      const [first, second] = [left, this.#conjunction()];
      left = (batch, index) => first(batch, index) || second(batch, index);
    }
    return left;
  }

  #conjunction(): Predicate {
    let left = this.#condition();
    while (this.#takeWord('and')) {
      const [first, second] = [left, this.#condition()];
      left = (batch, index) => first(batch, index) && second(batch, index);
    }
    return left;
  }

  #condition(): Predicate {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX)
      throw this.#error(this.#peek(), 'nested too deeply', `${DEPTH_MAX} levels are allowed.`);
    const predicate = this.#negation() ?? this.#bracket() ?? this.#comparison();
    this.#depth -= 1;
    return predicate;
  }

  #negation(): Predicate | undefined {
    if (!this.#takeWord('not')) return undefined;
    const inner = this.#condition();
    return (batch, index) => !inner(batch, index);
  }

  #bracket(): Predicate | undefined {
    if (this.#peek().kind !== 'open') return undefined;
    const open = this.#take();
    const inner = this.#disjunction();
    if (this.#peek().kind !== 'close') throw this.#error(open, 'a "(" without its ")"', 'Add a ")".');
    this.#take();
    return inner;
  }

  #comparison(): Predicate {
    const name = this.#take();
    if (name.kind === 'end') throw this.#error(name, 'the expression ends too early', EXAMPLE);
    const field = Object.hasOwn(FIELDS, name.text) ? FIELDS[name.text] : undefined;
    if (name.kind !== 'word' || !field) {
      throw this.#error(name, `"${name.text}" is no field`, `Fields are ${FIELD_NAMES.join(', ')}.`);
    }
    if (this.#peek().kind !== 'operator') {
      if (name.text === 'managed') return isManaged;
      throw this.#error(this.#peek(), `an operator is missing behind "${name.text}"`, 'Operators are = != < <= > >=.');
    }
    return this.#operation(name.text, field);
  }

  #operation(name: string, field: Field): Predicate {
    const operator = this.#take();
    if (!field.isOrdered && operator.text !== '=' && operator.text !== '!=') {
      throw this.#error(operator, `"${operator.text}" makes no sense for ${name}`, 'Use = or !=.');
    }
    const value = this.#take();
    if (value.kind !== 'word') {
      const hint = operator.text === '=' && value.text === '=' ? 'Write a single "=".' : `It is ${field.values}.`;
      throw this.#error(value, `the value for ${name} is missing`, hint);
    }
    const predicate = field.compile(operator.text as Operator, value.text, this.#nowNs);
    if (predicate) return predicate;
    throw this.#error(value, `"${value.text}" is no value for ${name}`, `It is ${field.values}.`);
  }
}

/** Fields that are known only once attributes were read. */
const OF_ATTRIBUTES: readonly string[] = ['state', 'managed'];

/** Whether an expression has a field in it of which nothing is known without attributes; of one that is wrong, anything. */
export const asksForAttributes = (expression: string): boolean =>
  tokenize(expression).some(({ kind, text }) => kind === 'word' && OF_ATTRIBUTES.includes(text));

/**
 * Compiles an expression, once, to a predicate over the rows of a batch.
 * @param nowNs the moment from which ages count, in nanoseconds since 1970
 * @throws UsageError with the position and what would be right
 */
export function compileWhere(expression: string, nowNs: bigint): Predicate {
  return new Parser(expression, nowNs).parse();
}
