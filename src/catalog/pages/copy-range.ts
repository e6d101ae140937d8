import { BoundRecord } from './copy-records.js';
import { isNoVerdict } from './page-reader.js';
import type { PageSource } from './page-source.js';
import { TreeWalk } from './tree-walk.js';

/** Objects by their ids: those behind `after`, up to and with `upTo`; without a bound where there is none. */
export interface CopyRange {
  readonly after: Uint8Array | undefined;
  readonly upTo: Uint8Array | undefined;
}

export const ALL_COPIES: CopyRange = { after: undefined, upTo: undefined };

function boundsOf(source: PageSource, root: number, parts: number): Uint8Array[] {
  try {
    const walk = new TreeWalk(source, root, (page, usableBytes) => new BoundRecord(page, usableBytes));
    const keys = walk.cuts(parts, ({ key }) => key.toBytes());
    const step = Math.ceil(keys.length / parts);
    return keys.filter((_, at) => at % step === step - 1);
  } catch (error) {
    if (!isNoVerdict(error)) throw error;
    return [];
  }
}

/** Cuts all objects into about so many ranges, ascending, which together cover every id that there can be. */
export function cutCopies(source: PageSource, parts: number): CopyRange[] {
  const { copies } = source.roots;
  const bounds = copies === undefined ? [] : boundsOf(source, copies.fileByObject, parts);
  const isAscending = bounds.every((key, at) => at === 0 || Buffer.compare(bounds[at - 1] ?? key, key) < 0);
  if (!isAscending) return [ALL_COPIES];
  return [undefined, ...bounds].map((after, index) => ({ after, upTo: bounds[index] }));
}
