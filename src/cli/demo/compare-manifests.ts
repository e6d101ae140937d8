import type { FileRecord, Manifest } from './manifest.js';

/** One thing about one file that is not as it was. */
export interface Difference {
  readonly path: Buffer;
  readonly what: 'missing' | 'new' | 'bytes' | 'size' | 'mode' | 'uid' | 'gid' | 'nlink' | 'attributes' | 'mtime';
  readonly expected: string;
  readonly found: string;
}

const listed = (attributes: ReadonlyMap<string, string>): string =>
  [...attributes].map(([name, value]) => `${name}=${value}`).join(' ');

/** What is compared, as text that says what it is. */
const ASPECTS: readonly (readonly [Difference['what'], (record: FileRecord) => string])[] = [
  ['size', ({ sizeBytes }) => `${sizeBytes} bytes`],
  ['bytes', ({ sha256 }) => `sha256 ${sha256}`],
  ['mode', ({ mode }) => mode.toString(8)],
  ['uid', ({ uid }) => String(uid)],
  ['gid', ({ gid }) => String(gid)],
  ['nlink', ({ nlink }) => String(nlink)],
  ['attributes', ({ attributes }) => listed(attributes)],
];

function compareTimes(before: FileRecord, after: FileRecord): Difference[] {
  if (after.mtimeNs === before.mtimeNs || after.mtimeNs === before.otherMtimeNs) return [];
  return [{ path: before.path, what: 'mtime', expected: `${before.mtimeNs} ns`, found: `${after.mtimeNs} ns` }];
}

function compareFile(before: FileRecord, after: FileRecord | undefined): Difference[] {
  if (after === undefined) return [{ path: before.path, what: 'missing', expected: 'a file', found: 'nothing' }];
  const differing = ASPECTS.flatMap(([what, show]): Difference[] => {
    const [expected, found] = [show(before), show(after)];
    return expected === found ? [] : [{ path: before.path, what, expected, found }];
  });
  return [...differing, ...compareTimes(before, after)];
}

/** Everything in which two states of a tree differ; empty if nothing does. Pure. */
export function compareManifests(before: Manifest, after: Manifest): Difference[] {
  const differences = [...before].flatMap(([key, record]) => compareFile(record, after.get(key)));
  for (const [key, { path }] of after) {
    if (!before.has(key)) differences.push({ path, what: 'new', expected: 'nothing', found: 'a file' });
  }
  return differences;
}

/** True if data is gone, or is not what the user left: the one thing that must never happen. */
export const isLoss = ({ what }: Difference): boolean => what === 'missing' || what === 'bytes' || what === 'size';
