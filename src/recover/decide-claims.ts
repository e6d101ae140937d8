import type { Catalog } from '../catalog/catalog.js';
import type { FsId, ObjectId } from '../dm/identity.js';
import type { InodeId } from '../native/inode-id.js';
import { isErrno } from '../native/native-error.js';
import { lookAtAttribute } from '../reconcile/attribute-look.js';
import type { InodeAccess } from '../reconcile/inode-access.js';
import type { Look } from '../reconcile/look.js';
import type { OthersFact } from './decision-facts.js';

interface ClaimContext {
  readonly access: InodeAccess;
  readonly catalog: Catalog;
  readonly fs: FsId;
  /** Copies that another file is about to take over: two copies of one deleted file may not both have its place. */
  readonly taken?: ReadonlySet<ObjectId>;
}

type Claim = InodeId & { readonly fs: FsId };

export interface Claims {
  readonly fact: OthersFact;
  /** Inodes of this filesystem that rows bind to the object, and that are gone for certain. */
  readonly dead: readonly InodeId[];
}

/** The inode that a copied attribute was written to, where the file has nothing else that speaks of it. */
function originalOf({ fs }: ClaimContext, { attribute, row, intent }: Look): Claim[] {
  if (attribute.kind !== 'copied' || row !== undefined || intent !== undefined) return [];
  const { ino, gen } = attribute.attribute;
  return [{ ino, gen, fs }];
}

function judgeClaim({ access, fs }: ClaimContext, claim: Claim, objectId: ObjectId): Exclude<OthersFact, 'none'> {
  // Whether an inode of another filesystem is still there cannot be seen from here.
  if (claim.fs !== fs) return 'unidentified';
  const { kind } = access.locate(claim);
  if (kind === 'gone' || kind === 'reused') return 'gone';
  if (kind === 'unreadable') return 'unidentified';
  try {
    const attribute = lookAtAttribute(access.attribute(claim), claim, fs);
    const identified = attribute.kind === 'own' && attribute.attribute.objectId === objectId;
    return identified ? 'identified' : 'unidentified';
  } catch (error) {
    if (!isErrno(error, 'ESTALE', 'ENOENT', 'EUCLEAN', 'EIO')) throw error;
    return 'unidentified';
  }
}

/**
 * Who else may claim an object that a file is about.
 * @throws NativeError, CatalogError
 */
export function decideClaims(context: ClaimContext, look: Look, objectId: ObjectId | undefined): Claims {
  if (objectId === undefined) return { fact: 'none', dead: [] };
  const { id } = look;
  const isOwn = ({ fs, ino, gen }: Claim): boolean => fs === context.fs && ino === id.ino && gen === id.gen;
  const rows = context.catalog.files.findByObject(objectId).filter((row) => !isOwn(row));
  const judged = [...rows, ...originalOf(context, look)].map((claim) => judgeClaim(context, claim, objectId));
  const dead = rows.filter((_, index) => judged[index] === 'gone').map(({ ino, gen }) => ({ ino, gen }));
  if (context.taken?.has(objectId)) return { fact: 'identified', dead };
  const strongest = (['identified', 'unidentified', 'gone'] as const).find((fact) => judged.includes(fact));
  return { fact: strongest ?? 'none', dead };
}
