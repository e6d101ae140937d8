import { PosixStore } from '../../archive/posix-store.js';
import type { Catalog } from '../../catalog/catalog.js';
import type { FilesystemRow } from '../../catalog/filesystem-rows.js';
import { openCatalog } from '../../catalog/open-catalog.js';
import { ownerIsAlive } from '../../catalog/owner-lock.js';
import type { ScanRow } from '../../catalog/scan-rows.js';
import { HsmckError, OperationalError } from '../../errors.js';
import { isErrno } from '../../native/native-error.js';
import { readRootMark } from '../../reconcile/registered-filesystem.js';
import { formatCount, formatTally, plural } from '../../report/format-amount.js';
import type { JsonFields } from '../../report/json-line.js';
import { pathFields, quotePath } from '../../report/quote-path.js';
import { openMount } from '../../scan/open-mount.js';
import { globalOptions, totalSeconds, type CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { textToBytes } from '../raw-arguments.js';

const SCANS_SHOWN = 3;

interface FilesystemStatus {
  readonly row: FilesystemRow;
  readonly mountState: string;
  readonly store: { readonly location: Buffer; readonly state: string };
  readonly files: Readonly<Record<string, number>>;
  readonly intents: { readonly open: number; readonly owners: readonly string[] };
  readonly findings: ReadonlyMap<string, number>;
  readonly scans: readonly ScanRow[];
}

/** A store of the same catalog in the place of the registered one is as unreachable for us as none. */
async function storeState(location: Buffer, storeId: string, catalogId: string): Promise<string> {
  try {
    const identity = await (await PosixStore.open(location)).identity();
    if (identity.catalogId !== catalogId) return 'another catalog owns it';
    return identity.storeId === storeId ? 'reachable' : 'another store lies there, not the one that was registered';
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    return `unreachable: ${error.message}`;
  }
}

/** What is mounted where the filesystem was mounted last. */
function mountStateOf({ mountHint, randomId }: FilesystemRow): string {
  try {
    const mount = openMount(mountHint);
    try {
      return readRootMark(mount).randomId.equals(randomId) ? 'mounted' : 'another filesystem is mounted there';
    } finally {
      mount.close();
    }
  } catch (error) {
    if (!(error instanceof HsmckError)) throw error;
    if (error.code === 'ENOTMOUNT' || isErrno(error, 'ENOENT')) return 'not mounted there';
    if (['ENOTREGISTERED', 'ENOTXFS'].includes(error.code)) return 'another filesystem is mounted there';
    return `not to be looked at: ${error.message}`;
  }
}

async function statusOf(catalog: Catalog, row: FilesystemRow): Promise<FilesystemStatus> {
  const location = catalog.stores.find(row.storeId)?.location ?? Buffer.from('');
  const owners = catalog.owners
    .listWithIntents()
    .map(
      (owner) =>
        `${owner.command}, process ${owner.pid} on ${owner.host} (${ownerIsAlive(owner, catalog.path) ? 'alive' : 'dead'})`,
    );
  return {
    row,
    mountState: mountStateOf(row),
    store: { location, state: await storeState(location, row.storeId, catalog.catalogId()) },
    files: catalog.files.countByState(row.fs),
    intents: { open: catalog.intents.count(row.fs), owners },
    findings: catalog.findings.countUnsettled(row.fs),
    scans: catalog.scans.last({ fs: row.fs, limit: SCANS_SHOWN }),
  };
}

function scanText(scan: ScanRow): string {
  const when = new Date(scan.startedMs).toISOString().replace('T', ' ').slice(0, 19);
  const end = scan.endedMs === undefined ? 'not ended' : scan.complete ? 'complete' : 'not complete';
  return `  ${when}  ${scan.command.padEnd(7)} ${end}, ${plural(scan.inodes, 'inode')}, ${plural(scan.findings, 'finding')}\n`;
}

/** The command that deals with what is open or unsettled; undefined where there is nothing, or it could not run. */
function nextCommand(
  context: CommandContext,
  { row, mountState, intents, findings }: FilesystemStatus,
): string | undefined {
  const isAtRest = intents.open === 0 && findings.size === 0;
  return isAtRest || mountState !== 'mounted'
    ? undefined
    : `hsmck ${globalOptions(context)}recover ${quotePath(row.mountHint)}`;
}

function statusText(context: CommandContext, status: FilesystemStatus): string {
  const { row, mountState, store, files, intents, findings, scans } = status;
  const next = nextCommand(context, status);
  const guard = row.guarded ? 'guarded (release is refused)' : 'unguarded (readers of released data get zeros)';
  const open = intents.open === 0 ? 'none' : `${formatCount(intents.open)} of ${intents.owners.join('; ')}`;
  return (
    `${quotePath(row.mountHint)}  ${row.type}, ${mountState}, ${guard}\n` +
    `  archive    ${quotePath(store.location)}, ${store.state}\n` +
    `  files      ${formatTally(new Map(Object.entries(files))) || 'none'}\n` +
    `  open       ${open}\n` +
    `  unsettled  ${formatTally(findings) || 'nothing'}\n` +
    (next === undefined ? '' : `  next       ${next}\n`) +
    scans.map(scanText).join('')
  );
}

function statusFields(context: CommandContext, status: FilesystemStatus): JsonFields {
  const { row, mountState, store, files, intents, findings, scans } = status;
  return {
    filesystem: row.fs,
    mount: pathFields(row.mountHint),
    mount_state: mountState,
    type: row.type,
    guarded: row.guarded,
    namespace: row.namespace,
    store: row.storeId,
    store_location: pathFields(store.location),
    store_state: store.state,
    files: { ...files },
    open_intents: intents.open,
    owners: intents.owners,
    unsettled: Object.fromEntries(findings),
    next: nextCommand(context, status) ?? null,
    scans: scans.map((scan) => ({
      command: scan.command,
      started_ms: scan.startedMs,
      ended_ms: scan.endedMs,
      complete: scan.complete,
      inodes: scan.inodes,
      findings: scan.findings,
      exit_code: scan.exitCode,
    })),
  };
}

function selectRows(catalog: Catalog, mount: string | undefined): FilesystemRow[] {
  if (mount === undefined) return catalog.filesystems.list();
  const open = openMount(textToBytes(mount));
  try {
    const row = catalog.filesystems.findByRandomId(readRootMark(open).randomId);
    if (row !== undefined) return [row];
    throw new OperationalError('ENOTREGISTERED', `${mount} is registered in another catalog than ${catalog.path}`);
  } finally {
    open.close();
  }
}

/** `hsmck status`: what is registered and what is open. Reads the catalog, writes nothing. */
export async function runStatus(context: CommandContext, mount: string | undefined): Promise<number> {
  const catalog = openCatalog({ path: context.catalogPath, mode: 'read' });
  try {
    const all: FilesystemStatus[] = [];
    for (const row of selectRows(catalog, mount)) all.push(await statusOf(catalog, row));
    const text =
      all.length === 0
        ? `catalog ${context.catalogPath}: no filesystem is registered\n`
        : all.map((one) => statusText(context, one)).join('\n');
    const fields = {
      command: 'status',
      catalog: context.catalogPath,
      filesystems: all.map((one) => statusFields(context, one)),
      total_seconds: totalSeconds(context),
      exit_code: EXIT.CLEAN,
    };
    context.terminal.line('summary', fields, text);
    return EXIT.CLEAN;
  } finally {
    catalog.close();
  }
}
