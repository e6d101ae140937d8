/** Field values of an NDJSON line. bigint becomes a decimal string: a double would round it. */
export type JsonValue = string | number | boolean | null | undefined | bigint | readonly JsonValue[] | JsonFields;

export interface JsonFields {
  readonly [name: string]: JsonValue;
}

/** What the lines of NDJSON output can be. */
export type LineType = 'inode' | 'finding' | 'action' | 'file' | 'fault' | 'chapter' | 'progress' | 'summary';

/** One line of NDJSON, newline included. */
export function jsonLine(type: LineType, fields: JsonFields): string {
  const exact = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);
  return `${JSON.stringify({ type, ...fields }, exact)}\n`;
}
