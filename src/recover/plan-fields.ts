import type { StoredFacts } from '../catalog/finding-facts.js';
import { HsmckError } from '../errors.js';
import { PlanError } from './plan-error.js';

/** One line of a plan, checked field by field. All methods throw PlanError EPLAN with the line's name. */
export class PlanFields {
  readonly #fields: StoredFacts;
  readonly #where: string;

  constructor(line: Buffer, where: string) {
    this.#where = where;
    let value: unknown;
    try {
      value = JSON.parse(line.toString('utf8'));
    } catch {
      throw this.failure('is not JSON');
    }
    this.#fields = this.#object(value, 'line');
  }

  failure(why: string): PlanError {
    return new PlanError('EPLAN', `${this.#where} ${why}`);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name);
  }

  text(name: string): string {
    const value = this.#get(name);
    if (typeof value !== 'string') throw this.failure(`lacks the text "${name}"`);
    return value;
  }

  word<W extends string>(name: string, words: readonly W[]): W {
    const value = this.text(name);
    const word = words.find((one) => one === value);
    if (word === undefined) throw this.failure(`has "${value}" as "${name}"`);
    return word;
  }

  flag(name: string): boolean {
    const value = this.#get(name);
    if (typeof value !== 'boolean') throw this.failure(`lacks "${name}", true or false`);
    return value;
  }

  whole(name: string): number {
    const value = this.#get(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      throw this.failure(`lacks the whole number "${name}"`);
    }
    return value;
  }

  /** A decimal string of an unsigned 63-bit quantity; a JSON number would be rounded. */
  decimal(name: string): bigint {
    const text = this.text(name);
    const value = /^(0|[1-9][0-9]{0,18})$/.test(text) ? BigInt(text) : undefined;
    if (value === undefined || value >= 1n << 63n) throw this.failure(`has "${text}" as "${name}", no number`);
    return value;
  }

  /** Facts: an object of plain values. */
  facts(name: string): StoredFacts {
    const facts = this.#object(this.#get(name), `"${name}"`);
    if (Object.values(facts).some((value) => typeof value === 'object')) throw this.failure(`nests facts in "${name}"`);
    return facts;
  }

  /** Runs a conversion and gives its complaint this line's name. */
  convert<T>(name: string, conversion: (text: string) => T): T {
    try {
      return conversion(this.text(name));
    } catch (error) {
      if (!(error instanceof HsmckError) || error instanceof PlanError) throw error;
      throw this.failure(`has a bad "${name}": ${error.message}`);
    }
  }

  #get(name: string): unknown {
    return this.has(name) ? this.#fields[name] : undefined;
  }

  #object(value: unknown, what: string): StoredFacts {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.failure(`has no JSON object as ${what}`);
    }
    return { ...value };
  }
}
