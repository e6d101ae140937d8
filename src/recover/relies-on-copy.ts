import type { SettlementName } from '../migrate/settlements.js';

/** After these a row names the copy, so the catalog has to know it, and the store to have it for certain. */
const STAYS_BOUND: readonly SettlementName[] = [
  'bind',
  'bind-stale',
  'fill',
  'punch',
  'restore-dual',
  'mark-offline',
  'rebaseline',
  'rebind',
];

/** Whether a file is bound to its copy once it is settled so. */
export const reliesOnCopy = (settlement: SettlementName | 'none'): boolean =>
  settlement !== 'none' && STAYS_BOUND.includes(settlement);

/** Whether the copy has to lie among the objects for a file to be settled so. */
export const needsCopyLive = (settlement: SettlementName | 'none'): boolean =>
  reliesOnCopy(settlement) || settlement === 'fill-and-strip';
