/**
 * How a file comes to rest. Forward operations and recovery end in the same settlements, carried out by the same code
 * (settle.ts) in the same order of writes: data, sync, attribute, sync, catalog, trash, intent closed.
 */

/** What happens to the file's data. */
export type DataAction = 'none' | 'punch' | 'fill';
/** What the DM attribute becomes; `previous`: what the catalog's row says it was before (none without a row). */
export type AttributeTarget = 'keep' | 'dual' | 'offline' | 'none' | 'previous';
/**
 * What the catalog's row becomes. `dual` and `offline` take new reference times; `dual-unproven` takes times that no file
 * ever has, so that the next look sees a file whose equality is not proven; `times` renews the times alone.
 */
export type RowTarget = 'keep' | 'dual' | 'dual-unproven' | 'offline' | 'times' | 'delete';
/** Which objects go to the store's trash: the one in hand, or those that the file was bound to before. */
export type TrashTarget = 'none' | 'object' | 'previous';

export interface Settlement {
  readonly data: DataAction;
  readonly attribute: AttributeTarget;
  readonly row: RowTarget;
  readonly trash: TrashTarget;
}

export const SETTLEMENTS = {
  /** The copy is good and equal: file and object belong together. An older copy goes to the trash. */
  bind: { data: 'none', attribute: 'dual', row: 'dual', trash: 'previous' },
  /** The copy is not wanted: the file is as it was before archiving began. */
  unbind: { data: 'none', attribute: 'previous', row: 'keep', trash: 'object' },
  /** The archive alone holds the data. */
  punch: { data: 'punch', attribute: 'offline', row: 'offline', trash: 'none' },
  /** The data comes back and is on both sides. */
  fill: { data: 'fill', attribute: 'dual', row: 'dual', trash: 'none' },
  /** The data is whole on disk, and equal to the copy. */
  'restore-dual': { data: 'none', attribute: 'dual', row: 'dual', trash: 'none' },
  /** The data was never here, or is gone: the attribute says so. */
  'mark-offline': { data: 'none', attribute: 'offline', row: 'offline', trash: 'none' },
  /** The data is whole on disk; the copy is dropped. */
  'make-resident': { data: 'none', attribute: 'none', row: 'delete', trash: 'object' },
  /** Everything is in place already; only the intent is still open. */
  'close-intent': { data: 'none', attribute: 'keep', row: 'keep', trash: 'none' },
  /** Nothing but the reference times in the catalog is old, and the bytes were proven equal. */
  rebaseline: { data: 'none', attribute: 'keep', row: 'times', trash: 'none' },
  /** The copy is good but the file's bytes are newer: bound, and recorded as not proven equal. */
  'bind-stale': { data: 'none', attribute: 'dual', row: 'dual-unproven', trash: 'previous' },
  /** The data is whole on disk, and the copy another file's: this one keeps nothing but its data. */
  strip: { data: 'none', attribute: 'none', row: 'delete', trash: 'none' },
  /** The same, once the data was brought from the copy. */
  'fill-and-strip': { data: 'fill', attribute: 'none', row: 'delete', trash: 'none' },
  /** The file takes the place of one that is gone, whose attribute it carries: the archive alone holds the data. */
  rebind: { data: 'punch', attribute: 'offline', row: 'offline', trash: 'none' },
} as const satisfies Record<string, Settlement>;

export type SettlementName = keyof typeof SETTLEMENTS;
