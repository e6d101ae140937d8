/** The archive as it lies on the simulated disk, read past the product. */
import { isFolder, PAGE_BYTES, type Image } from './kernel/image.js';
import type { SimFilesystem } from './kernel/sim-filesystem.js';
import { ZERO_PAGE } from './truth.js';

const OBJECT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export type ArchivePlace = 'objects' | 'trash';

/** An object's bytes, page by page. */
export interface ArchivedObject {
  readonly objectId: string;
  readonly where: ArchivePlace;
  readonly sizeBytes: number;
  readonly page: (index: number) => Buffer;
}

/** One moment of a filesystem: what programs see, or what a crash would leave if it came now and took all it may. */
interface Shown {
  readonly image: (ino: bigint) => Image | undefined;
  readonly page: (image: Image, index: number) => Buffer | undefined;
  readonly sizeBytes: (image: Image) => number;
}

function* objectsBelow(shown: Shown, folder: Image, where: ArchivePlace): Generator<ArchivedObject> {
  for (const [name, ino] of folder.entries) {
    const image = shown.image(ino);
    if (image === undefined) continue;
    if (isFolder(image)) yield* objectsBelow(shown, image, where);
    else if (OBJECT.test(name)) {
      const page = (index: number): Buffer => shown.page(image, index) ?? ZERO_PAGE;
      yield { objectId: name, where, sizeBytes: shown.sizeBytes(image), page };
    }
  }
}

function objects(shown: Shown, root: Image): Map<string, ArchivedObject> {
  const found = new Map<string, ArchivedObject>();
  const store = shown.image(root.entries.get('store') ?? -1n);
  for (const where of ['trash', 'objects'] as const) {
    const folder = shown.image(store?.entries.get(where) ?? -1n);
    for (const object of folder ? objectsBelow(shown, folder, where) : []) found.set(object.objectId, object);
  }
  return found;
}

/** What programs see. */
export function visibleObjects(fs: SimFilesystem): Map<string, ArchivedObject> {
  const shown: Shown = {
    image: (ino) => fs.find(ino)?.image,
    page: ({ ino }, index) => fs.find(ino)?.page(index),
    sizeBytes: ({ ino }) => fs.find(ino)?.sizeBytes ?? 0,
  };
  return objects(shown, fs.root.image);
}

/** What is on the disk for certain. */
export function durableObjects(fs: SimFilesystem): Map<string, ArchivedObject> {
  const images = fs.durableImages;
  const shown: Shown = {
    image: (ino) => images.get(ino),
    page: ({ cells }, index) => {
      const cell = cells.get(index);
      return cell?.kind === 'written' ? cell.block.bytes : undefined;
    },
    sizeBytes: ({ sizeBytes }) => sizeBytes,
  };
  const root = images.get(fs.root.image.ino);
  return root === undefined ? new Map<string, ArchivedObject>() : objects(shown, root);
}

export const pagesOf = (sizeBytes: number): number => Math.ceil(sizeBytes / PAGE_BYTES);
