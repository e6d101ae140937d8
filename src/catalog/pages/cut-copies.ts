import { toFsId } from '../../dm/identity.js';
import { BoundRows } from './copy-rows.js';
import { isNoVerdict } from './page-reader.js';
import type { PageSource } from './page-source.js';
import { ALL_COPIES, type CopyRange } from './range-rows.js';

/** Where cuts lie depends on no filesystem. */
const ANY_FS = toFsId(0);

function boundsOf(source: PageSource, root: number, parts: number): Uint8Array[] {
  try {
    const keys = new BoundRows({ source, range: ALL_COPIES, fs: ANY_FS, store: undefined }, root).cuts(parts);
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
