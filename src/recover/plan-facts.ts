/**
 * What a plan saw of a file and of all that is recorded of it. When the plan is carried out every fact has to be the same,
 * so nothing is in here that moves by itself.
 */
import { decodeFacts, encodeFacts, type FindingFacts, type StoredFacts } from '../catalog/finding-facts.js';
import type { InodeId } from '../native/inode-id.js';
import { factsOf } from '../reconcile/finding-facts.js';
import type { InodeAccess } from '../reconcile/inode-access.js';
import type { Look } from '../reconcile/look.js';
import type { LookContext } from '../reconcile/second-look.js';
import type { Evidence } from './evidence.js';
import type { Leftover } from './forget-deleted.js';

/**
 * Blocks: space preallocated behind the end of a file is given back in the background. The layout is looked at only
 * where no lease is held, and bytes are compared anyway. The owner is dead, or nothing is done.
 */
const MOVES_BY_ITSELF: readonly string[] = ['blocks', 'layout', 'owner_pid', 'owner_host', 'owner_alive'];

/** Facts as they are read back from a file: what is compared must have gone the same way. */
const stored = (facts: FindingFacts): StoredFacts => decodeFacts(encodeFacts(facts)) ?? {};

/** The attribute's bytes: torn ones have no fields that could be compared. */
function attributeBytes(access: InodeAccess, look: Look): FindingFacts {
  if (look.presence.kind !== 'present') return {};
  return { attribute_bytes: access.attribute(look.id)?.toString('hex') };
}

/**
 * The facts of one inode, its row and its open operation.
 * @throws NativeError when the attribute cannot be read
 */
export function seenOfLook(access: InodeAccess, look: Look): StoredFacts {
  const steady = Object.entries(factsOf(look)).filter(([name]) => !MOVES_BY_ITSELF.includes(name));
  const { presence, row, intent } = look;
  return stored({
    ...Object.fromEntries(steady),
    ...(presence.kind === 'reused' && { inode_gen: presence.gen }),
    ...attributeBytes(access, look),
    ...(row && { row_change: row.changeSeq }),
    ...(intent?.previousObjectId && { intent_previous: intent.previousObjectId }),
  });
}

/** The archived copy that a decision rests on. */
export function seenOfCopy({ copy }: Evidence): StoredFacts {
  return stored({ copy: copy?.objectId, copy_sha256: copy?.content?.sha256.toString('hex') });
}

function presenceFacts(context: LookContext, id: InodeId): FindingFacts {
  const presence = context.access.locate(id);
  const row = context.catalog.files.find(context.fs, id);
  return {
    inode: presence.kind,
    ...(presence.kind === 'reused' && { inode_gen: presence.gen }),
    ...(row && { row_state: row.state, row_op: row.op, row_object: row.objectId, row_change: row.changeSeq }),
  };
}

/** The facts of what a deleted file left behind. */
export function seenOfLeftover(context: LookContext, { id, objectId }: Leftover): StoredFacts {
  const object = context.catalog.objects.find(objectId);
  return stored({
    ...(id && presenceFacts(context, id)),
    object: objectId,
    object_status: object?.status,
    object_op: object?.op,
    bindings: context.catalog.files.findByObject(objectId).length,
  });
}

const show = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'none';

/** What is not as the plan saw it, as clauses; empty if all is the same. */
export function differences(planned: StoredFacts, now: StoredFacts): string[] {
  const names = [...new Set([...Object.keys(planned), ...Object.keys(now)])];
  return names
    .filter((name) => planned[name] !== now[name])
    .map((name) =>
      name === 'attribute_bytes'
        ? 'the attribute has other bytes'
        : `${name} was ${show(planned[name])} and is ${show(now[name])}`,
    );
}
