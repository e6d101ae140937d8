/** A managed filesystem, and means to turn back the clock of its parts: the catalog, or the image below the mount. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { OFFSET } from '../../src/dm/attribute-layout.js';
import { ID_BYTES } from '../../src/dm/identity.js';
import type { FileRow } from '../../src/catalog/file-row.js';
import type { ActionRecord } from '../../src/recover/action-record.js';
import { readDmAttribute } from '../cli/attribute-damage.js';
import { objectPath, uuidText } from '../damage/scene.js';
import type { Hsm } from '../support/hsm.js';

/** Puts back what was there when it was made. */
export type PutBack = () => void;

/** A copy of the catalog at rest. */
export function copyCatalog({ catalogPath }: Hsm): PutBack {
  const copy = `${catalogPath}.copy-${randomBytes(4).toString('hex')}`;
  fs.copyFileSync(catalogPath, copy);
  return () => {
    for (const ending of ['-wal', '-shm']) fs.rmSync(`${catalogPath}${ending}`, { force: true });
    fs.copyFileSync(copy, catalogPath);
  };
}

/** The catalog is gone, with whatever lay beside it. */
export function loseCatalog({ catalogPath }: Hsm): void {
  for (const ending of ['', '-wal', '-shm']) fs.rmSync(`${catalogPath}${ending}`, { force: true });
}

/** Moves the copy that a file's own attribute names to the trash, by hand; or only a part of it, as a crash leaves it. */
export function trashCopyOf({ archiveDir }: Hsm, file: Buffer, endings: readonly string[] = ['', '.json']): void {
  const attribute = readDmAttribute(file.toString());
  if (attribute === undefined) throw new Error(`${file.toString()} has no attribute`);
  const objectId = uuidText(attribute.subarray(OFFSET.objectId, OFFSET.objectId + ID_BYTES));
  const [from, to] = [path.join(archiveDir, 'objects'), path.join(archiveDir, 'trash')].map((top) =>
    path.join(top, objectPath(objectId)),
  );
  if (from === undefined || to === undefined) throw new Error('a copy has its place');
  fs.mkdirSync(path.dirname(to), { recursive: true });
  for (const ending of endings) fs.renameSync(`${from}${ending}`, `${to}${ending}`);
}

const copySparse = (from: string, to: string): void =>
  void execFileSync('cp', ['--sparse=always', '--reflink=auto', from, to]);

/** A copy of the filesystem's image, taken unmounted. */
export function copyImage({ scratch }: Hsm): PutBack {
  const copy = path.join(scratch.folder, `image-${randomBytes(4).toString('hex')}`);
  scratch.unmount();
  copySparse(scratch.image, copy);
  scratch.mount();
  return () => {
    scratch.unmount();
    // Into the same file: the loop device is bound to it.
    const size = fs.statSync(scratch.image).size;
    fs.truncateSync(scratch.image, 0);
    fs.truncateSync(scratch.image, size);
    execFileSync('dd', [`if=${copy}`, `of=${scratch.image}`, 'conv=notrunc,sparse', 'bs=1M', 'status=none']);
    execFileSync('blockdev', ['--flushbufs', scratch.device]);
    scratch.mount();
  };
}

export const read = (hsm: Hsm, name: string): Buffer => fs.readFileSync(hsm.at(name));

/** A new file with content of its own. */
export function write(hsm: Hsm, name: string, bytes = 50_000): Buffer {
  const content = randomBytes(bytes);
  fs.writeFileSync(hsm.at(name), content);
  return content;
}

/** Names of data files in the store, wherever they lie: nothing may be missing of it later. */
export const allObjects = (hsm: Hsm): string[] =>
  [...hsm.objects('objects'), ...hsm.objects('trash')].map((name) => path.basename(name)).sort();

export const rowsOf = (hsm: Hsm): FileRow[] =>
  hsm.withCatalog((catalog) =>
    catalog.filesystems.list().flatMap(({ fs: fsId }) => catalog.files.page(fsId, { limit: 1000 })),
  );

/** Everything on the filesystem that a command could change: attribute, times, blocks. */
export function stateOf(hsm: Hsm): string {
  const names = fs.readdirSync(hsm.mountPath).sort();
  return names
    .map((name) => {
      const { ino, size, blocks, mtimeNs, ctimeNs } = fs.lstatSync(hsm.at(name), { bigint: true });
      return [name, ino, size, blocks, mtimeNs, ctimeNs].join(' ');
    })
    .join('\n');
}

export const done = (actions: readonly ActionRecord[]): string[] =>
  actions.filter(({ result }) => result === 'done').map(({ action }) => action);

/** Brings every released file back, and says which are not what they should be. */
export async function wrongAfterRecall(hsm: Hsm, expected: Readonly<Record<string, Buffer>>): Promise<string[]> {
  await hsm.run('recall');
  return Object.entries(expected).flatMap(([name, content]) => (read(hsm, name).equals(content) ? [] : [name]));
}
