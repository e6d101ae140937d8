/** The contract of NDJSON output: what scripts rely on. Written from the documents, not from the code. */
import { expect } from 'vitest';
import { FINDING_CLASSES } from '../../src/reconcile/finding.js';

export type NdjsonRecord = Readonly<Record<string, unknown>>;

type Kind = 'decimal' | 'number' | 'text' | 'boolean' | 'object';

const isKind: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  decimal: (value) => typeof value === 'string' && /^-?(0|[1-9][0-9]*)$/.test(value),
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  text: (value) => typeof value === 'string' && value !== '',
  boolean: (value) => typeof value === 'boolean',
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** A field with `?` may be missing; every field has the same kind wherever it appears. */
const FIELDS: Readonly<Record<string, string>> = {
  inode: 'ino gen mode nlink uid gid projid size blocks mtime_ns ctime_ns change? state object?',
  finding: 'class severity ino? gen? path? path_base64? state? why facts action',
  action: 'ino? gen? path? path_base64? class severity? kind? action from? to? result why? code? facts? size? object?',
  file: 'path path_base64? ino? gen? result why? code? size?',
  fault: 'step does',
  progress: 'what done total',
  summary: 'command? exit_code',
};

const KINDS: Readonly<Record<string, Kind>> = {
  ino: 'decimal',
  size: 'decimal',
  blocks: 'decimal',
  bytes: 'decimal',
  mtime_ns: 'decimal',
  ctime_ns: 'decimal',
  change: 'decimal',
  gen: 'number',
  mode: 'number',
  nlink: 'number',
  uid: 'number',
  gid: 'number',
  projid: 'number',
  exit_code: 'number',
  seconds: 'number',
  total_seconds: 'number',
  inodes_per_second: 'number',
  inodes: 'number',
  managed: 'number',
  files: 'number',
  interrupted: 'number',
  completed: 'number',
  reverted: 'number',
  corrected: 'number',
  uncorrected: 'number',
  lost: 'number',
  complete: 'boolean',
  facts: 'object',
  findings: 'object',
};
const TEXTS = new Set('path_base64 class severity state why action result code step does object command'.split(' '));
const SEVERITIES = ['info', 'warning', 'error', 'critical'];

function checkKind(field: string, value: unknown, about: string): void {
  const kind = KINDS[field] ?? (TEXTS.has(field) ? 'text' : undefined);
  if (kind !== undefined) expect(isKind[kind](value), `${field} is ${kind} in ${about}`).toBe(true);
}

/** Names are snake_case all the way down; finding classes and results are data, with dashes. */
function checkNames(value: unknown, about: string): void {
  if (Array.isArray(value)) for (const one of value) checkNames(one, about);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    expect(name, `a field's name in ${about}`).toMatch(/^[a-z0-9_ -]+$/);
    checkNames(inner, about);
  }
}

function checkRecord(record: NdjsonRecord): void {
  const about = JSON.stringify(record);
  const { type, ...fields } = record;
  const known = FIELDS[String(type)];
  if (known === undefined) throw new Error(`unknown type in ${about}`);
  const names = known.split(' ');
  for (const name of names) if (!name.endsWith('?')) expect(fields, about).toHaveProperty(name);
  if (type !== 'summary') {
    const allowed = names.map((name) => name.replace('?', ''));
    expect(
      Object.keys(fields).filter((name) => !allowed.includes(name)),
      about,
    ).toEqual([]);
  }
  for (const [field, value] of Object.entries(fields)) {
    // A summary of `status` lists files by state, not their number.
    if (type === 'summary' && field === 'files' && typeof value === 'object') continue;
    checkKind(field, value, about);
  }
  checkNames(fields, about);
  if (type === 'finding') {
    expect(FINDING_CLASSES, about).toContain(record['class']);
    expect(SEVERITIES, about).toContain(record['severity']);
  }
}

/** Parses NDJSON output and holds it against the contract. */
export function parseContract(stdout: string, status: number | null): NdjsonRecord[] {
  expect(stdout.endsWith('\n'), 'the last line is ended').toBe(true);
  const records = stdout
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as NdjsonRecord);
  for (const record of records) checkRecord(record);
  const summaries = records.filter(({ type }) => type === 'summary');
  expect(summaries, 'exactly one summary').toHaveLength(1);
  expect(records.at(-1), 'the summary is last').toBe(summaries[0]);
  expect(summaries[0]?.['exit_code'], 'the summary says the exit status').toBe(status);
  return records;
}
