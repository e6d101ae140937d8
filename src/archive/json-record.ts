import { HsmckError } from '../errors.js';
import { StoreError, type StoreErrorCode } from './store-error.js';

const U64_MAX = (1n << 64n) - 1n;
const S64_MIN = -(1n << 63n);
const S64_MAX = (1n << 63n) - 1n;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export type RecordTarget = { readonly name: string; readonly code: StoreErrorCode };

/** A JSON object read from a store, checked field by field. Fields that nobody asks for are left alone. */
export class JsonRecord {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #target: RecordTarget;

  /** @throws StoreError with the target's code, and its name in the message, here and in every method */
  constructor(text: string, target: RecordTarget) {
    this.#target = target;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw this.failure('is not JSON', error);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.failure('is not a JSON object');
    this.#fields = value as Record<string, unknown>;
  }

  failure(why: string, cause?: unknown): StoreError {
    return new StoreError(this.#target.code, `${this.#target.name} ${why}`, { cause });
  }

  string(name: string): string {
    const value = Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
    if (typeof value !== 'string') throw this.failure(`lacks the text field "${name}"`);
    return value;
  }

  integer(name: string, max: number): number {
    const value = Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
      throw this.failure(`lacks the field "${name}", a whole number from 0 to ${max}`);
    }
    return value;
  }

  /** A decimal string of a 64-bit quantity; JSON numbers would be rounded. */
  decimal(name: string, kind: 'u64' | 's64' = 'u64'): bigint {
    const text = this.string(name);
    const value = /^(0|-?[1-9][0-9]{0,19})$/.test(text) ? BigInt(text) : undefined;
    const [min, max] = kind === 'u64' ? [0n, U64_MAX] : [S64_MIN, S64_MAX];
    if (value === undefined || value < min || value > max) throw this.failure(`has "${text}" as "${name}", no ${kind}`);
    return value;
  }

  uuid(name: string): string {
    const text = this.string(name);
    if (!UUID.test(text)) throw this.failure(`has "${text}" as "${name}", no lower-case UUID`);
    return text;
  }

  hex(name: string, lengthBytes: number): Buffer {
    const text = this.string(name);
    if (text.length !== lengthBytes * 2 || !/^[0-9a-f]*$/.test(text)) {
      throw this.failure(`has a "${name}" that is not ${lengthBytes} bytes in lower-case hexadecimal`);
    }
    return Buffer.from(text, 'hex');
  }

  base64(name: string): Buffer {
    const text = this.string(name);
    const bytes = Buffer.from(text, 'base64');
    // Buffer.from skips what it cannot read: only the way back proves the text.
    if (bytes.toString('base64') !== text) throw this.failure(`has a "${name}" that is not base64`);
    return bytes;
  }

  /** Milliseconds since 1970, from ISO 8601 text. */
  time(name: string): number {
    const text = this.string(name);
    const timeMs = Date.parse(text);
    if (Number.isNaN(timeMs)) throw this.failure(`has "${text}" as "${name}", no time`);
    return timeMs;
  }

  /** Runs a conversion of a field's value and gives its complaint this record's name and code. */
  convert<T>(name: string, conversion: () => T): T {
    try {
      return conversion();
    } catch (error) {
      if (error instanceof HsmckError) throw this.failure(`has a bad "${name}": ${error.message}`, error);
      throw error;
    }
  }
}
