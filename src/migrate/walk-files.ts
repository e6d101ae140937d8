import fs from 'node:fs';
import { OperationalError } from '../errors.js';
import type { PathBytes } from '../native/io.js';
import { NativeError } from '../native/native-error.js';
import { resolvePath, type ResolvedPath } from './resolve-path.js';

/** A path that cannot be migrated, and why; the walk goes on. */
export interface UnusablePath {
  readonly path: PathBytes;
  readonly error: OperationalError | NativeError;
}

export interface WalkOptions {
  /** Paths as the user gave them. */
  readonly paths: Iterable<PathBytes> | AsyncIterable<PathBytes>;
  /** Go into folders. Without it a folder is unusable. */
  readonly recursive: boolean;
  readonly device: string;
  readonly mountPoint: PathBytes;
}

const SLASH = Buffer.from('/');

function resolve(path: PathBytes, options: WalkOptions): ResolvedPath | UnusablePath {
  try {
    return resolvePath(path, options.device, options.mountPoint);
  } catch (error) {
    if (error instanceof OperationalError || error instanceof NativeError) return { path, error };
    throw error;
  }
}

/** Folders are read in name order, so that a run can be followed and repeated. Memory: the names of one folder a level. */
function* walkFolder(folder: PathBytes, options: WalkOptions): Generator<ResolvedPath | UnusablePath> {
  let entries: fs.Dirent<Buffer>[];
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    const native = NativeError.fromNode(error, folder.toString());
    if (!(native instanceof NativeError)) throw error;
    yield { path: folder, error: native };
    return;
  }
  entries.sort((a, b) => Buffer.compare(a.name, b.name));
  for (const entry of entries) {
    // Links, devices and the like are passed over in silence: nobody named them.
    if (!entry.isDirectory() && !entry.isFile()) continue;
    const found = resolve(Buffer.concat([folder, SLASH, entry.name]), options);
    if ('error' in found) {
      // Another filesystem mounted below, or a name that is gone already.
      if (found.error.code !== 'EOUTSIDE' && found.error.code !== 'ENOENT') yield found;
    } else if (found.kind === 'folder') yield* walkFolder(found.path, options);
    else yield found;
  }
}

/**
 * The regular files that the paths stand for; of several hard links the first. Never follows symbolic links and never
 * leaves the filesystem.
 */
export async function* walkFiles(options: WalkOptions): AsyncGenerator<ResolvedPath | UnusablePath> {
  const linked = new Set<bigint>();
  for await (const path of options.paths) {
    const start = resolve(path, options);
    if (!('error' in start) && start.kind === 'folder' && !options.recursive) {
      const message = `${path.toString()} is a folder; give -r to go into folders`;
      yield { path, error: new OperationalError('EISFOLDER', message) };
      continue;
    }
    const files = 'error' in start || start.kind === 'file' ? [start] : walkFolder(path, options);
    for (const file of files) {
      if (!('error' in file) && file.stat.nlink > 1) {
        if (linked.has(file.id.ino)) continue;
        linked.add(file.id.ino);
      }
      yield file;
    }
  }
}
