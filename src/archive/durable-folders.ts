import type { ObjectId } from '../dm/identity.js';
import type { PathBytes } from '../native/io.js';
import { makeFolder, syncFolder } from './posix-files.js';
import { fanOut, joinPath } from './store-paths.js';

const KNOWN_MAX = 4096;

/**
 * Creates fan-out folders and syncs the parent of each. One that exists is synced too, once a process: whoever made it
 * may have died before the sync, and a folder that a power cut takes away takes its objects along.
 */
export class DurableFolders {
  readonly #dir: PathBytes;
  readonly #known = new Set<string>();

  constructor(dir: PathBytes) {
    this.#dir = dir;
  }

  /** The object's folder in `place`, existing and durable. */
  ensure(place: 'objects' | 'trash', objectId: ObjectId): PathBytes {
    const [upper, lower] = fanOut(objectId);
    const top = joinPath(this.#dir, place);
    const middle = joinPath(top, upper);
    this.#make(`${place}/${upper}`, middle, top);
    const folder = joinPath(middle, lower);
    this.#make(`${place}/${upper}/${lower}`, folder, middle);
    return folder;
  }

  #make(key: string, path: PathBytes, parent: PathBytes): void {
    // Made anew even if known: an administrator may have removed empty folders.
    const made = makeFolder(path);
    if (!made && this.#known.has(key)) return;
    syncFolder(parent);
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.add(key);
  }
}
