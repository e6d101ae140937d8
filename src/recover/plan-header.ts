import { encodeFacts } from '../catalog/finding-facts.js';
import { parseObjectId, uuidFromBytes } from '../dm/identity.js';
import type { RegisteredFilesystem } from '../reconcile/registered-filesystem.js';
import type { Preference } from './decision-facts.js';
import { PlanError } from './plan-error.js';
import { PlanFields } from './plan-fields.js';

/** Counts changes of the format that an older hsmck must not act on. */
export const PLAN_VERSION = 1;

const PREFERENCES: readonly Preference[] = ['auto', 'complete', 'revert'];

/** The first line of a plan: what it was made for. */
export interface PlanHeader {
  /** When, as ISO 8601 text. */
  readonly created: string;
  /** Where the filesystem was mounted; for people only. */
  readonly mount: string;
  /** The random id on the filesystem's root folder, written as a UUID. */
  readonly filesystem: string;
  readonly catalog: string;
  readonly epoch: bigint;
  readonly prefer: Preference;
  /** It says what is to be done once a rollback was accepted. */
  readonly acceptsEpoch: boolean;
}

/** The header of a plan that is made now. */
export function planHeader(
  subject: RegisteredFilesystem,
  { prefer, acceptsEpoch = false }: { readonly prefer: Preference; readonly acceptsEpoch?: boolean },
  nowMs: number,
): PlanHeader {
  const { mount, catalog, filesystem } = subject;
  return {
    created: new Date(nowMs).toISOString(),
    mount: mount.mountPath.toString('utf8'),
    filesystem: uuidFromBytes(filesystem.randomId),
    catalog: catalog.catalogId(),
    epoch: catalog.ops.state().epoch,
    prefer,
    acceptsEpoch,
  };
}

/** The header's line, without its end. */
export function encodeHeader({ acceptsEpoch, ...rest }: PlanHeader): string {
  const { created, mount, filesystem, catalog, epoch, prefer } = rest;
  const facts = { type: 'plan', version: PLAN_VERSION, created, mount, filesystem, catalog, epoch, prefer };
  return encodeFacts({ ...facts, ...(acceptsEpoch && { accepts_epoch: true }) });
}

/** @throws PlanError EPLAN, EPLANNEWER */
export function parseHeader(line: Buffer, target: string): PlanHeader {
  const fields = new PlanFields(line, `${target} is no plan of hsmck: its first line`);
  fields.word('type', ['plan']);
  const version = fields.whole('version');
  if (version > PLAN_VERSION) {
    const why = `${target} is a plan of version ${version}, this hsmck knows up to ${PLAN_VERSION}: use a newer hsmck`;
    throw new PlanError('EPLANNEWER', why);
  }
  if (version === 0) throw fields.failure('has version 0');
  return {
    created: fields.text('created'),
    mount: fields.text('mount'),
    filesystem: fields.convert('filesystem', parseObjectId),
    catalog: fields.convert('catalog', parseObjectId),
    epoch: fields.decimal('epoch'),
    prefer: fields.word('prefer', PREFERENCES),
    acceptsEpoch: fields.has('accepts_epoch') && fields.flag('accepts_epoch'),
  };
}

/** @throws PlanError EPLANOTHER unless the plan was made for this filesystem, under this catalog and epoch */
export function assertPlanFits(
  header: PlanHeader,
  { mount, catalog, filesystem }: Pick<RegisteredFilesystem, 'mount' | 'catalog' | 'filesystem'>,
): void {
  const where = mount.mountPath.toString('utf8');
  const made = `the plan was made at ${header.created} for`;
  if (header.filesystem !== uuidFromBytes(filesystem.randomId)) {
    throw new PlanError('EPLANOTHER', `${made} another filesystem (then mounted at ${header.mount}) than ${where}`);
  }
  if (header.catalog !== catalog.catalogId()) {
    throw new PlanError('EPLANOTHER', `${made} another catalog than ${catalog.path}`);
  }
  // One that goes with an acceptance fits before it, and after it: a run that was cut short can be taken up again.
  const isFollowed = header.acceptsEpoch && catalog.formerEpochs.has(header.epoch);
  if (header.epoch !== catalog.ops.state().epoch && !isFollowed) {
    throw new PlanError('EPLANOTHER', `${made} another epoch of the catalog: make a new one with --dry-run`);
  }
}
