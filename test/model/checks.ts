/** What must hold: looked at past the product, on the simulated disks and in the tables. */
import { lookAtAttribute, stateOf } from '../../src/reconcile/attribute-look.js';
import { toFsId } from '../../src/dm/identity.js';
import { toGen, toIno } from '../../src/native/inode-id.js';
import { durableObjects, visibleObjects, type ArchivedObject } from './archive-view.js';
import type { Inode } from './kernel/inode.js';
import type { Machine } from './kernel/machine.js';
import { capabilityInIntent, objectsOfInode, registeredFs } from './catalog-view.js';
import { ZERO_PAGE } from './truth.js';
import { metadataOf, withCapability, type UserFile, type Users } from './users.js';

/** A promise of docs/reliability.md was broken. */
export class Violation extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Violation';
  }
}

const nameOf = (file: UserFile): string =>
  `${file.names[0] ?? 'a deleted file'} (inode ${file.ino}, generation ${file.gen})`;

function attributeOf(inode: Inode): ReturnType<typeof lookAtAttribute> {
  const { ino, gen, xattrs } = inode.image;
  const id = { ino: toIno(ino), gen: toGen(gen) };
  return lookAtAttribute(xattrs.get('trusted.hsmck'), id, toFsId(registeredFs()));
}

/** Some record speaks of the file: its data may be away. */
export const isManaged = ({ image }: Inode): boolean =>
  image.xattrs.has('trusted.hsmck') || objectsOfInode(image.ino, image.gen).length > 0;

/** The copies that some record names for a file. */
function namedCopies(inode: Inode, objects: ReadonlyMap<string, ArchivedObject>): ArchivedObject[] {
  const attribute = attributeOf(inode);
  const named = attribute.kind === 'own' ? [attribute.attribute.objectId as string] : [];
  const ids = new Set([...named, ...objectsOfInode(inode.image.ino, inode.image.gen)]);
  return [...ids].flatMap((id) => objects.get(id) ?? []).filter(({ where }) => where === 'objects');
}

/** Every byte is in the file, or in a copy that the records name. */
export function checkContent(machine: Machine, users: Users): void {
  const objects = visibleObjects(machine.archive);
  for (const file of users.all) {
    const inode = users.inodeOf(file);
    if (inode === undefined || inode.image.nlink === 0) continue;
    let copies: ArchivedObject[] | undefined;
    for (let page = 0; page < file.truth.pageCount; page++) {
      const onDisk = inode.page(page) ?? ZERO_PAGE;
      if (file.truth.allows(page, onDisk)) continue;
      if (!onDisk.equals(ZERO_PAGE)) throw new Violation(`${nameOf(file)}: page ${page} has bytes that nobody wrote`);
      copies ??= namedCopies(inode, objects);
      if (copies.some((copy) => file.truth.allows(page, copy.page(page)))) continue;
      throw new Violation(`${nameOf(file)}: page ${page} is neither in the file nor in a copy that a record names`);
    }
  }
}

/** Files that are said to have their data have it; one that is away has a whole copy. */
export function checkWhole(users: Users, isExcused: (file: UserFile) => boolean): void {
  for (const file of users.all) {
    const inode = users.inodeOf(file);
    if (inode === undefined || inode.image.nlink === 0 || isExcused(file)) continue;
    const state = stateOf(attributeOf(inode));
    if (state !== 'resident' && state !== 'dual') continue;
    for (let page = 0; page < file.truth.pageCount; page++) {
      if (file.truth.allows(page, inode.page(page) ?? ZERO_PAGE)) continue;
      throw new Violation(`${nameOf(file)}: it is ${state}, and page ${page} is not what its user wrote`);
    }
  }
}

export const stateNow = (users: Users, file: UserFile): string | undefined => {
  const inode = users.inodeOf(file);
  return inode && stateOf(attributeOf(inode));
};

/** The program leaves size, mtime, mode, links and attributes alone. */
export function checkMetadata(users: Users): void {
  for (const file of users.all) {
    const inode = users.inodeOf(file);
    if (inode === undefined) continue;
    const { metadata } = file;
    for (const [key, value] of Object.entries(metadataOf(inode))) {
      const expected = metadata[key as keyof typeof metadata];
      // Between the change of the data and the putting back it is in the intent.
      const remembered = key === 'attributes' ? capabilityInIntent(file.ino, file.gen) : undefined;
      const { mayRegain } = file;
      if (key === 'attributes' && mayRegain && value === withCapability(metadata.attributes, mayRegain)) continue;
      if (remembered !== undefined && expected === withCapability(String(value), remembered)) continue;
      if (value !== expected)
        throw new Violation(`${nameOf(file)}: ${key} is ${String(value)} instead of ${String(expected)}`);
    }
  }
}

/** Called right before a punch: what goes has to be on the archive's disk, equal, whatever crashes now. */
export function checkPunch(machine: Machine, inode: Inode, endBytes: number): void {
  const attribute = attributeOf(inode);
  const objectId = attribute.kind === 'own' ? attribute.attribute.objectId : undefined;
  const copy = objectId === undefined ? undefined : durableObjects(machine.archive).get(objectId);
  for (let page = 0; page * 4096 < endBytes; page++) {
    const bytes = inode.page(page) ?? ZERO_PAGE;
    if (bytes.equals(ZERO_PAGE) || (copy?.where === 'objects' && copy.page(page).equals(bytes))) continue;
    throw new Violation(`inode ${inode.image.ino}: page ${page} is punched, and no durable copy has it`);
  }
}

/** Called right before extents are shared: what is overwritten is zeros, or equal. */
export function checkClone(source: Inode, destination: Inode): void {
  for (const page of destination.pagesIn(0, Infinity)) {
    const bytes = destination.page(page) ?? ZERO_PAGE;
    if (bytes.equals(ZERO_PAGE) || bytes.equals(source.page(page) ?? ZERO_PAGE)) continue;
    throw new Violation(
      `inode ${destination.image.ino}: page ${page} is filled over bytes that the copy does not have`,
    );
  }
}

/** Everything that a run without --apply must not change, and a second recovery does not. */
export function stateDigest(machine: Machine): string {
  const inodes = machine.data.list().map((inode) => {
    const { ino, gen, xattrs, ctimeNs } = inode.image;
    const attributes = ino === 128n ? [] : [...xattrs].map(([name, value]) => `${name}=${value.toString('hex')}`);
    const pages = [...Array(Math.ceil(inode.sizeBytes / 4096)).keys()].map((page) =>
      inode.page(page)?.toString('latin1', 0, 16),
    );
    return [String(ino), gen, String(ino === 128n ? 0n : ctimeNs), attributes, pages, inode.sizeBytes];
  });
  const objects = [...visibleObjects(machine.archive).values()].map(({ objectId, where }) => `${where}/${objectId}`);
  return JSON.stringify([inodes, objects.sort()]);
}
