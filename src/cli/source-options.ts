import type { SourceChoice, SourceOptions } from '../scan/choose-source.js';
import type { RegisteredFilesystem } from '../reconcile/registered-filesystem.js';
import type { Place } from '../scan/settle/freeze-refusal.js';
import type { SettleWay } from '../scan/settle/settle.js';
import type { CommandContext } from './command-context.js';

/** Said where nothing was found, or not all, and that proves nothing. */
export const UNSETTLED =
  'the device was not settled: what changed shortly before the scan may be missing, so this is not complete';

/** Said of a device that is not mounted. */
export const NOT_REPLAYED =
  'the journal was not replayed: the inodes may be of different moments, so this is not complete';

/** The options of a command that looks which say how it reads inodes. */
export interface SourceFlags {
  readonly source: SourceChoice;
  readonly settle: SettleWay;
  readonly verifyCrc: boolean;
}

/** What may be written to, or waited for, while the filesystem is settled. */
export function placesOf(
  { catalogPath }: CommandContext,
  { catalog, filesystem }: RegisteredFilesystem,
): readonly Place[] {
  const stores = catalog.stores.find(filesystem.storeId);
  const archive = stores === undefined ? [] : [{ what: 'the archive', path: stores.location.toString() }];
  return [{ what: 'the catalog', path: catalogPath }, ...archive];
}

/** How a command that looks is to read inodes. */
export function sourceOptions(
  { terminal }: CommandContext,
  { source, settle, verifyCrc }: SourceFlags,
  places: readonly Place[],
): SourceOptions {
  return { source, settle, verifyCrc, places, onRemark: (text) => terminal.note(text) };
}
