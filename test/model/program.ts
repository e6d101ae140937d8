/** The product's commands, as the command line runs them. */
import { openStoreOf, openSession, type OpenSession } from '../../src/migrate/open-session.js';
import type { FileResult } from '../../src/migrate/file-result.js';
import { registerFilesystem } from '../../src/migrate/register-filesystem.js';
import { runOperation } from '../../src/migrate/run-operation.js';
import { walkFiles } from '../../src/migrate/walk-files.js';
import type { Finding } from '../../src/reconcile/finding.js';
import { openRegistered } from '../../src/reconcile/registered-filesystem.js';
import { runReconcile } from '../../src/reconcile/run-reconcile.js';
import type { ActionRecord } from '../../src/recover/action-record.js';
import type { Preference } from '../../src/recover/decision-facts.js';
import { purgeTrash } from '../../src/recover/purge-trash.js';
import { applyRecovery, planRecovery } from '../../src/recover/run-recover.js';
import { ARCHIVE, DATA, SERVICE } from './kernel/machine.js';
import { openCatalog } from './ports/open-catalog.js';
import type { Item } from './schedule.js';

const CATALOG = `${SERVICE}/catalog.db`;
const MOUNT = Buffer.from(DATA);
const PLACES = { catalogPath: CATALOG, mountPath: MOUNT } as const;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface Said {
  readonly results: FileResult[];
  readonly actions: ActionRecord[];
  readonly findings: Finding[];
  readonly purged: string[];
}

export const nothingSaid = (): Said => ({ results: [], actions: [], findings: [], purged: [] });

export async function register(): Promise<void> {
  const archiveDir = Buffer.from(`${ARCHIVE}/store`);
  await registerFilesystem({ ...PLACES, archiveDir, namespace: 'trusted', unguarded: true });
}

async function withSession(
  command: string,
  signal: AbortSignal,
  use: (session: OpenSession) => Promise<void>,
): Promise<void> {
  const session = await openSession({ ...PLACES, command, passStep: () => undefined, signal });
  try {
    await use(session);
  } finally {
    session.close();
  }
}

export async function migrate(
  operation: 'archive' | 'release' | 'recall' | 'remove',
  names: readonly string[],
  said: Said,
  signal: AbortSignal,
): Promise<void> {
  await withSession(operation, signal, async (session) => {
    const paths = names.map((name) => Buffer.from(`${DATA}/${name}`));
    const { device } = session.mount.mount;
    const files = walkFiles({ paths, recursive: false, device, mountPoint: MOUNT });
    await runOperation({ session, operation, files, onResult: (result) => said.results.push(result) });
  });
}

export async function recover(prefer: Preference, said: Said, signal: AbortSignal): Promise<void> {
  await withSession('recover', signal, async (session) => {
    await applyRecovery({
      session,
      prefer,
      threads: 1,
      acceptDeleted: true,
      onFinding: (finding) => said.findings.push(finding),
      onAction: (action) => said.actions.push(action),
    });
  });
}

export async function look(
  what: (Item & { readonly kind: 'look' })['what'],
  said: Said,
  signal: AbortSignal,
): Promise<void> {
  const subject = openRegistered({ ...PLACES, mode: 'read' });
  try {
    const onFinding = (finding: Finding): void => void said.findings.push(finding);
    const store = what === 'check' ? undefined : await openStoreOf(subject);
    if (what === 'plan') {
      const onAction = (action: ActionRecord): void => void said.actions.push(action);
      await planRecovery({ subject, store, prefer: 'auto', threads: 1, signal, onFinding, onAction });
    } else {
      const scope = what === 'check' ? 'interrupted' : 'everything';
      await runReconcile({ subject, scope, store, threads: 1, signal, deep: what === 'deep', onFinding });
    }
  } finally {
    subject.close();
  }
}

export async function purge(days: number, said: Said, signal: AbortSignal): Promise<void> {
  const catalog = openCatalog({ path: CATALOG, mode: 'write' });
  const onObject = ({ objectId, result }: { readonly objectId: string; readonly result: string }): void => {
    if (result === 'purged') said.purged.push(objectId);
  };
  const options = {
    catalog,
    olderThanMs: days * DAY_MS,
    dryRun: false,
    damaged: false,
    threads: 1,
    signal,
    nowMs: Date.now(),
    onObject,
  };
  await purgeTrash(options);
}
