/**
 * Brings files to rest: the one place where data, attribute, catalog and archive change together. Forward operations and
 * recovery both end here. The order, and the crash that each sync guards against:
 *
 *   fetch      the object into a temporary file, hash checked, durable: a bad copy never touches the file
 *   data       punch or fill, lease whole right before
 *   sync       data before attribute: else a crash leaves `dual` over zeros, or `offline` over data that nobody drops
 *   attribute  the settled state
 *   sync       attribute before catalog: else a crash leaves a row that claims more than the inode says
 *   baseline   reference times, only if nobody came near since: else never adopt a ctime
 *   catalog    row; the intent closes here if no object has to go
 *   trash      objects only after inode and row no longer name them: else a crash leaves a binding to nothing
 *   intent     closed last, so that a crash before is seen
 *
 * Many files go through each phase together and share its syncs. A failure takes out its own file (a failed sync or
 * catalog write all of them) and leaves the intent open for recovery.
 */
import { invariant } from '../errors.js';
import { closeFd } from '../native/io.js';
import type { Session } from './session.js';
import { fetchAll } from './settle-fetch.js';
import { changeAllData, setAllAttributes, syncAll } from './settle-inode.js';
import { closeIntents, trashAll, writeCatalog } from './settle-records.js';
import { judgeBaselines } from './settle-baseline.js';
import { startItem, type SettleItem, type SettleProgress, type SettleResult } from './settle-item.js';

type Phase = (session: Session, live: readonly SettleProgress[]) => void | Promise<void>;

const PHASES: readonly Phase[] = [
  fetchAll,
  changeAllData,
  (session, live) => syncAll(session, live, 'data'),
  setAllAttributes,
  (session, live) => syncAll(session, live, 'attribute'),
  judgeBaselines,
  writeCatalog,
  trashAll,
  closeIntents,
];

const isLive = (progress: SettleProgress): boolean => progress.failure === undefined && progress.gaveWay === undefined;

function resultOf(progress: SettleProgress): SettleResult {
  const { item, failure } = progress;
  if (failure !== undefined) return { kind: 'failed', ticket: item.ticket, error: failure };
  return { kind: 'settled', ticket: item.ticket, settlement: item.settlement, touched: progress.touched };
}

/** Settles what had to give way by its fallback, which never has one of its own. */
async function settleFallbacks(session: Session, all: readonly SettleProgress[]): Promise<SettleResult[]> {
  const results: SettleResult[] = [];
  for (const { item, gaveWay, state } of all) {
    if (gaveWay === undefined) continue;
    if (item.fallback === undefined) {
      results.push({ kind: 'failed', ticket: item.ticket, error: gaveWay });
      continue;
    }
    const [result] = await settle(session, [
      { ticket: { ...item.ticket, state }, settlement: item.fallback, adoptTimes: false },
    ]);
    invariant(result !== undefined, 'a settlement has a result');
    results.push(result.kind === 'settled' ? { ...result, kind: 'gave-way', why: gaveWay } : result);
  }
  return results;
}

/**
 * Settles a batch. Results come in no particular order, one for each item. Leases and descriptors stay the caller's.
 * @throws only what is a bug (InvariantError): failures of the world are results
 */
export async function settle(session: Session, items: readonly SettleItem[]): Promise<SettleResult[]> {
  const all = items.map(startItem);
  try {
    for (const phase of PHASES) {
      const live = all.filter(isLive);
      if (live.length > 0) await phase(session, live);
    }
  } finally {
    for (const { temporary } of all) if (temporary !== undefined) closeFd(temporary);
  }
  const settled = all.filter((progress) => progress.gaveWay === undefined).map(resultOf);
  return [...settled, ...(await settleFallbacks(session, all))];
}
