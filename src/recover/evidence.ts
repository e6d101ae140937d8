/** From records and bytes to the plain facts that the decision table knows. Reads both sides, writes nothing. */
import type { ArchiveStore } from '../archive/archive-store.js';
import { classifyLayout } from '../archive/classify-layout.js';
import { compareContent } from '../archive/compare-content.js';
import type { ChunkHook, ContentSource } from '../archive/content-reader.js';
import { hashContent } from '../archive/hash-content.js';
import type { Catalog } from '../catalog/catalog.js';
import type { FsId, ObjectId } from '../dm/identity.js';
import { saturateMtime } from '../dm/saturate-mtime.js';
import { dataExtents } from '../native/extents.js';
import type { InodeId } from '../native/inode-id.js';
import { dropCachedPages, exactSize, type Fd } from '../native/io.js';
import type { FileStat } from '../native/statx.js';
import { readVerdict, sidecarAgainstRow } from '../reconcile/read-copy.js';
import type { InodeAccess } from '../reconcile/inode-access.js';
import type { Look } from '../reconcile/look.js';
import { decideOwner } from './decide-owner.js';
import { contentOf, type CopyFacts } from './copy-facts.js';
import { decideClaims } from './decide-claims.js';
import type {
  AttributeFact,
  BytesFact,
  DecisionFacts,
  IntentFact,
  NamesFact,
  NumbersFact,
  OthersFact,
  TimesFact,
} from './decision-facts.js';
import { historyOf, type History } from './history.js';
import { rowAge, withoutOutdated, type RowAge } from './row-age.js';
import { hasWrittenZeros } from './written-zeros.js';

/** An open file whose facts are gathered; under a write lease when something is to be done. */
export interface OpenCandidate {
  readonly look: Look;
  readonly fd: Fd;
  readonly stat: FileStat;
  readonly target: string;
}

export interface Evidence {
  readonly facts: DecisionFacts;
  /** The copy in question; undefined where no record names one. */
  readonly copy?: CopyFacts;
  /** Inodes of this filesystem that rows bind to the copy, and that are gone for certain. */
  readonly deadClaims: readonly InodeId[];
  /** The file's own attribute alone names the copy, which was made of another inode. */
  readonly isOfAnotherFile: boolean;
  /** The look that the facts are of: records that are of another time than the file are left out. */
  readonly look: Look;
  readonly age: RowAge;
}

export interface EvidenceContext {
  readonly access: InodeAccess;
  readonly fs: FsId;
  readonly catalog: Catalog;
  /** Undefined when the store cannot be reached. */
  readonly store: ArchiveStore | undefined;
  readonly onChunk?: ChunkHook;
  /** As the catalog has it, unless given. */
  readonly history?: History;
  /** Copies that another file of the same run is about to take over. */
  readonly taken?: ReadonlySet<ObjectId>;
}

/** What the attribute says, in the words of the decision table. */
export function attributeFact({ attribute }: Look): AttributeFact {
  return attribute.kind === 'own' ? attribute.attribute.state : attribute.kind;
}

/** A removal that names its own copy as the earlier one is what a person asked for: no other removal names any. */
export function intentFact({ intent }: Look): IntentFact {
  if (intent === undefined) return 'none';
  return intent.kind === 'remove' && intent.previousObjectId === intent.objectId ? 'keep-file' : intent.kind;
}

/**
 * The object that the outcome hangs on: what the file names; while archiving anew has not begun, the one being made. A
 * copied attribute is asked last: what is recorded of the inode itself comes first.
 */
function objectInQuestion({ attribute, intent, row }: Look): ObjectId | undefined {
  const named = attribute.kind === 'own' ? attribute.attribute.objectId : undefined;
  if (intent?.kind === 'archive' && named !== intent.objectId) return intent.objectId;
  const strange = 'attribute' in attribute ? attribute.attribute.objectId : undefined;
  return named ?? intent?.objectId ?? row?.objectId ?? strange;
}

function namesFact({ attribute, intent, row }: Look): NamesFact {
  if (attribute.kind !== 'own') return intent !== undefined && intent.objectId === row?.objectId ? 'row' : 'other';
  const { objectId, op, sizeBytes } = attribute.attribute;
  if (objectId === intent?.objectId) return 'intent';
  if (objectId !== row?.objectId) return 'other';
  return op === row.op && sizeBytes === row.sizeBytes ? 'row' : 'number';
}

/** Another filesystem's numbers may be another catalog's: they are never compared. */
function numbersFact({ attribute, intent, nextOp }: Look, { opsBelow = nextOp }: History): NumbersFact {
  if (attribute.kind !== 'own' && attribute.kind !== 'copied') return 'agree';
  const { state, op } = attribute.attribute;
  if (op >= opsBelow) return 'ahead';
  if (attribute.kind === 'copied' || intent === undefined || state === 'dual' || state === 'offline') return 'agree';
  return op === intent.op ? 'agree' : 'differ';
}

/**
 * Size and times against what the intent saw when the operation began, else against the row or the attribute. The row may
 * be older: who only touched a file may still release it. Where only the row says that another file's copy is this one's
 * too, the file has to have the times of the archived data as well: the row may be wrong. Where another file's attribute came
 * along with its size and mtime, data may have come along, too: what the row says may be of what was overwritten.
 */
function timesFact({ row, intent, attribute }: Look, stat: FileStat, madeOfAnother?: CopyFacts['content']): TimesFact {
  const recorded = intent ?? row ?? ('attribute' in attribute ? attribute.attribute : undefined);
  if (recorded === undefined) return 'unknown';
  const mtimeNs = saturateMtime(stat.mtimeNs).mtimeNs;
  const isOf = (record: { readonly sizeBytes: bigint; readonly mtimeNs: bigint }): boolean =>
    stat.sizeBytes === record.sizeBytes && mtimeNs === record.mtimeNs;
  if (!isOf(recorded) || (madeOfAnother !== undefined && !isOf(madeOfAnother))) return 'changed';
  const isStrange = attribute.kind === 'copied' || attribute.kind === 'foreign';
  if (isStrange && row !== undefined && isOf(attribute.attribute)) return 'changed';
  return 'ctimeNs' in recorded && recorded.ctimeNs === saturateMtime(stat.ctimeNs).mtimeNs ? 'same' : 'ctime-moved';
}

/** Without a good copy: by hash against the record, and where that fails, by where the data lies. */
async function bytesAgainstRecord(
  local: ContentSource,
  content: NonNullable<CopyFacts['content']>,
  onChunk?: ChunkHook,
): Promise<BytesFact> {
  const { map } = content;
  const digest = await hashContent(local, { grainBytes: map.grainBytes, ...(onChunk && { onChunk }) });
  if (digest.sha256.equals(content.sha256)) return map.ranges.length === 0 ? 'void' : 'equal';
  const layout = classifyLayout(dataExtents(local.fd, local.sizeBytes, local.target), map, local.sizeBytes);
  return layout === 'missing-all' || layout === 'missing-some' ? 'missing' : 'differing';
}

/**
 * The copy was read back with the right hash just now: a file with the same hash need not be held against it byte by
 * byte, which would read the copy again. Where the layout says that data is missing, the hash is not worth reading for.
 */
async function isWholeByHash(
  local: ContentSource,
  { map, sha256 }: NonNullable<CopyFacts['content']>,
  onChunk?: ChunkHook,
): Promise<boolean> {
  const layout = classifyLayout(dataExtents(local.fd, local.sizeBytes, local.target), map, local.sizeBytes);
  if (layout !== 'whole' && layout !== 'void') return false;
  const digest = await hashContent(local, { grainBytes: map.grainBytes, ...(onChunk && { onChunk }) });
  return digest.sha256.equals(sha256);
}

/** The file carries the attribute of one that was released: whatever copied it read zeros, and may have written them. */
const isCopiedStub = ({ attribute, row }: Look): boolean =>
  row === undefined &&
  (attribute.kind === 'copied' || attribute.kind === 'foreign') &&
  attribute.attribute.state === 'offline';

async function bytesFact(
  context: EvidenceContext,
  { look, fd, stat, target }: OpenCandidate,
  copy: CopyFacts,
): Promise<BytesFact> {
  const { store, onChunk } = context;
  const { content } = copy;
  if (content === undefined) return 'unknown';
  // Before anything is read: a user can make a file as long as the filesystem allows, which no number here may hold.
  if (stat.sizeBytes !== content.sizeBytes) return 'differing';
  const local = { fd, sizeBytes: exactSize(stat.sizeBytes), target };
  if (copy.fact !== 'good' || store === undefined) {
    // The file may turn out to be all that is left, so the disk is asked: what the page cache shows can be of blocks that
    // have rotted. What is dirty stays, and is written before anything relies on it.
    dropCachedPages(fd, target);
    return bytesAgainstRecord(local, content, onChunk);
  }
  if (await isWholeByHash(local, content, onChunk)) return content.map.ranges.length === 0 ? 'void' : 'equal';
  const against = async (object: ContentSource): Promise<BytesFact> => {
    const compared = await compareContent(local, object, onChunk ? { onChunk } : {});
    const asked = compared.verdict === 'missing' && !isCopiedStub(look);
    const written = asked && (await hasWrittenZeros(local, object, onChunk));
    return written ? 'differing' : compared.verdict;
  };
  const verdict = await store.withObject(copy.objectId, against, copy.isInTrash ? 'trash' : 'objects');
  return verdict === 'equal' && content.map.ranges.length === 0 ? 'void' : verdict;
}

const AT_REST: readonly AttributeFact[] = ['dual', 'offline'];
const MAY_NEED_COPY: readonly AttributeFact[] = [...AT_REST, 'releasing', 'recalling', 'removing', 'none', 'corrupt'];

/**
 * Some file stays bound to the copy once it was moved back: it is not one that was only in the making, nor one that
 * nobody needs after this file was filled from it.
 */
function staysInUse(look: Look, others: OthersFact): boolean {
  if (look.intent?.kind === 'archive' && namesFact(look) !== 'intent') return false;
  const isStrange = look.attribute.kind === 'copied' || look.attribute.kind === 'foreign';
  if (isStrange) return look.row !== undefined || others === 'identified' || others === 'gone';
  return MAY_NEED_COPY.includes(attributeFact(look));
}

/**
 * A copy in the trash that the file cannot do without is read back there. If it is good, the file is decided on as if the
 * copy lay among the objects, where it is moved first. A file that is whole needs none. But one that says of itself that
 * it is bound, while no record speaks of it, gets its copy back in any case: the catalog is of another time.
 */
async function wantFromTrash(
  context: EvidenceContext,
  { look, ...file }: OpenCandidate,
  copy: CopyFacts,
  others: OthersFact,
): Promise<CopyFacts> {
  const { store } = context;
  const { objectId, content } = copy;
  const attribute = attributeFact(look);
  if (store === undefined || copy.fact !== 'trashed' || content === undefined) return copy;
  if (!staysInUse(look, others)) return copy;
  const isUnrecorded = AT_REST.includes(attribute) && look.row === undefined && look.intent === undefined;
  if (!isUnrecorded && (await bytesFact(context, { look, ...file }, copy)) !== 'missing') return copy;
  const verdict = await readVerdict(store, objectId, content, 'trash');
  const row = verdict === 'digest-differs' ? context.catalog.objects.find(objectId) : undefined;
  const sidecar = row && (await sidecarAgainstRow(store, row, 'trash'));
  if (sidecar) return { ...copy, fact: 'good', isInTrash: true, content: contentOf(sidecar), sidecar };
  if (verdict === 'unreadable') return { ...copy, fact: 'unreachable' };
  return verdict === 'good' ? { ...copy, fact: 'good', isInTrash: true } : { ...copy, fact: 'bad' };
}

function isOfAnotherFile({ fs }: EvidenceContext, look: Look, copy: CopyFacts | undefined): boolean {
  const { attribute, id } = look;
  const made = copy?.madeFrom;
  if (made === undefined || attribute.kind !== 'own' || attribute.attribute.objectId !== copy?.objectId) return false;
  return namesFact(look) === 'other' && (made.fs !== fs || made.ino !== id.ino || made.gen !== id.gen);
}

/**
 * Gathers the facts of one file. The copy is read back, and the file's bytes are compared with it: equal times prove
 * nothing after a crash.
 * @throws NativeError, ContentError, CatalogError, whatever `onChunk` throws
 */
export async function gatherEvidence(context: EvidenceContext, candidate: OpenCandidate): Promise<Evidence> {
  const { stat } = candidate;
  const history = context.history ?? historyOf({ ...context, filesystem: { fs: context.fs } });
  const look = withoutOutdated(candidate.look, stat, history);
  const objectId = objectInQuestion(look);
  const found = objectId && (await decideOwner(context, history, objectId));
  const claims = decideClaims(context, look, objectId);
  const copy = found && (await wantFromTrash(context, { ...candidate, look }, found, claims.fact));
  const times = timesFact(look, stat, claims.fact === 'identified' ? copy?.content : undefined);
  const facts: DecisionFacts = {
    attribute: attributeFact(look),
    intent: intentFact(look),
    names: namesFact(look),
    row: look.row?.state ?? 'none',
    object: copy?.fact ?? 'none',
    bytes: copy ? await bytesFact(context, { ...candidate, look }, copy) : 'unknown',
    // Only the sidecar knows the copy: what the row says of equal times was never said of it. And while it lies in the
    // trash, or the catalog says so, records that agree are no reason to do nothing.
    times: (copy?.sidecar ?? copy?.isInTrash ?? copy?.isCountedOut) && times === 'same' ? 'ctime-moved' : times,
    others: claims.fact,
    numbers: numbersFact(look, history),
  };
  return {
    facts,
    ...(copy && { copy }),
    deadClaims: claims.dead,
    look,
    age: rowAge(candidate.look, stat, history),
    isOfAnotherFile: isOfAnotherFile(context, look, copy),
  };
}
