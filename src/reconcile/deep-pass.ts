/** Reads the files on disk that the records call equal to their copies, and compares hashes: the records may be wrong. */
import type { ArchiveStore } from '../archive/archive-store.js';
import { hashContent } from '../archive/hash-content.js';
import type { FileRow } from '../catalog/file-row.js';
import type { ObjectRow } from '../catalog/object-row.js';
import { saturateMtime } from '../dm/saturate-mtime.js';
import { describeInode, type InodeId } from '../native/inode-id.js';
import { closeFd, exactSize } from '../native/io.js';
import { isErrno } from '../native/native-error.js';
import { statFd } from '../native/statx.js';
import type { Finding } from './finding.js';
import { counter, type OnReading } from './reading-progress.js';
import { sidecarAgainstRow } from './read-copy.js';
import type { RegisteredFilesystem } from './registered-filesystem.js';

export interface DeepPassOptions {
  readonly subject: RegisteredFilesystem;
  readonly store: ArchiveStore;
  readonly signal?: AbortSignal | undefined;
  readonly onFinding: (finding: Finding) => void | Promise<void>;
  readonly onReading?: OnReading | undefined;
}

const PAGE = 256;

/** The hash of what was archived: the row's, unless the copy proves that wrong, of which the store's part has told. */
async function archivedHash(store: ArchiveStore, object: ObjectRow, sha256: Buffer, ofFile: Buffer): Promise<Buffer> {
  if (ofFile.equals(sha256)) return sha256;
  const sidecar = await sidecarAgainstRow(store, object);
  return sidecar?.sha256 ?? sha256;
}

/** Only files whose times say "unchanged": for the others there is a finding already. */
async function readFile({ subject, store }: DeepPassOptions, row: FileRow): Promise<Finding | undefined> {
  const { catalog, filesystem } = subject;
  // An operation is at work, or was: the scan has told, and an open could break the lease of its owner.
  if (catalog.intents.findByInode(filesystem.fs, row) !== undefined) return undefined;
  const object = catalog.objects.find(row.objectId);
  if (object?.sha256 === undefined) return undefined;
  const target = describeInode(row);
  const fd = subject.access.openInvisible(row, 'read');
  try {
    const before = statFd(fd, target);
    const unchanged = before.sizeBytes === row.sizeBytes && saturateMtime(before.mtimeNs).mtimeNs === row.mtimeNs;
    // Fewer blocks than its data needs: `resident-with-hole` says so already.
    if (!unchanged || before.blocks512 * 512n < row.nonzeroBytes) return undefined;
    const source = { fd, sizeBytes: exactSize(before.sizeBytes), target };
    const { sha256 } = await hashContent(source, { grainBytes: object.grainBytes });
    const archived = await archivedHash(store, object, object.sha256, sha256);
    if (sha256.equals(archived)) return undefined;
    const after = statFd(fd, target);
    if (after.mtimeNs !== before.mtimeNs || after.ctimeNs !== before.ctimeNs) return undefined;
    return {
      class: 'stale-copy',
      severity: 'error',
      ino: row.ino,
      gen: row.gen,
      ...(row.pathHint && { path: row.pathHint }),
      state: row.state,
      why: 'its bytes differ from the archived ones though its times do not: a crash, or a defect of the disk; both are kept',
      facts: { sha256: sha256.toString('hex'), archived_sha256: archived.toString('hex'), object: row.objectId },
      action: 'report',
    };
  } finally {
    closeFd(fd);
  }
}

/** @throws NativeError other than what a file that is in use or gone gives */
export async function runDeepPass(options: DeepPassOptions): Promise<void> {
  const { subject, signal, onFinding, onReading } = options;
  const { catalog, filesystem } = subject;
  const count = counter(onReading, 'files', () => catalog.files.countByState(filesystem.fs).dual);
  let after: InodeId | undefined;
  for (;;) {
    const page = catalog.files.page(filesystem.fs, { limit: PAGE, ...(after && { after }) });
    for (const row of page) {
      if (signal?.aborted) return;
      if (row.state !== 'dual') continue;
      count();
      try {
        const finding = await readFile(options, row);
        if (finding) await onFinding(finding);
      } catch (error) {
        // Under a lease, deleted or unreadable: the scan has said what there is to say.
        if (!isErrno(error, 'EAGAIN', 'ESTALE', 'ENOENT', 'EUCLEAN')) throw error;
      }
    }
    after = page.at(-1);
    if (after === undefined || page.length < PAGE) return;
  }
}
