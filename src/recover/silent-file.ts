import type { ObjectRow } from '../catalog/object-row.js';
import type { Look } from '../reconcile/look.js';
import { lookAtLayout, secondLook, type LookContext } from '../reconcile/second-look.js';

/** Attribute and row speak of the same copy, and of no other file's. */
function recordsAgree({ attribute, row, boundElsewhere }: Look): boolean {
  if (attribute.kind === 'none') return row === undefined;
  if (attribute.kind !== 'own' || row === undefined || boundElsewhere !== undefined) return false;
  return attribute.attribute.objectId === row.objectId;
}

/**
 * Whether the inode that a copy was made of is still there and its records do not say which copy it lives on: its
 * attribute cannot be read, belongs to another inode, is gone, or differs from its row. Then a copy that nothing names may
 * be the file's own.
 * @throws NativeError, CatalogError
 */
export function fileIsSilent(context: LookContext, made: ObjectRow): boolean {
  const look = secondLook(context, made);
  if (look.presence.kind === 'gone' || look.presence.kind === 'reused') return false;
  return look.changing || look.presence.kind === 'unreadable' || !recordsAgree(look);
}

/**
 * Whether the inode that a copy was made of is there, and may have holes where the copy has data: as a released file that lost
 * attribute and row, or its present copy, whatever was written into it since. What the copy has behind the end of the
 * file is not missing: somebody cut it off. Of a copy that was dropped on purpose this says nothing.
 * @throws NativeError
 */
export function fileHasHoles({ access }: Pick<LookContext, 'access'>, made: ObjectRow): boolean {
  const presence = access.locate(made);
  if (presence.kind !== 'present' || made.nonzeroMap === undefined) return false;
  const layout = lookAtLayout(access, made, made, presence.stat.sizeBytes);
  return layout === 'missing-all' || layout === 'missing-some' || layout === 'unknown';
}
