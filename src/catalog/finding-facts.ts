/** What was seen when a finding was made: plain data. 64-bit quantities may be bigint and are read back as decimals. */
export type FactValue = string | number | bigint | boolean | null | undefined | readonly FactValue[] | FindingFacts;

export interface FindingFacts {
  readonly [name: string]: FactValue;
}

/** Facts as they are read back: JSON, in which bigints became decimal strings. */
export type StoredFacts = Readonly<Record<string, unknown>>;

/** The JSON text of facts; bigints become decimal strings, undefined ones are left out. */
export function encodeFacts(facts: FindingFacts): string {
  return JSON.stringify(facts, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}

/** Undefined when the text is not the JSON of an object. */
export function decodeFacts(text: string): StoredFacts | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
