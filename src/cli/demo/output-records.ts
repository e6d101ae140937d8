/** Reading the commands' NDJSON: fields that should be there, and are not trusted to be. */
import { OperationalError } from '../../errors.js';
import type { HsmckRun, OutputRecord } from './run-hsmck.js';

/** The records of one type. */
export function recordsOf(run: HsmckRun, type: string): readonly OutputRecord[] {
  return run.records.filter((record) => record['type'] === type);
}

/** @throws OperationalError EDEMO if the run ended without a summary */
export function summaryOf(run: HsmckRun): OutputRecord {
  const summary = run.records.at(-1);
  if (summary?.['type'] === 'summary') return summary;
  throw new OperationalError('EDEMO', `"hsmck ${run.args.join(' ')}" printed no summary`);
}

/** A number, or a decimal string as sizes are; 0 if it is missing. */
export function numberIn(record: OutputRecord, name: string): number {
  const value = record[name];
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : 0;
}

/** A text, empty if it is missing. */
export function textIn(record: OutputRecord, name: string): string {
  const value = record[name];
  return typeof value === 'string' ? value : '';
}

/** Counts by a key, most frequent first. */
export function countBy<T>(items: Iterable<T>, key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return new Map([...counts].sort((a, b) => b[1] - a[1]));
}
