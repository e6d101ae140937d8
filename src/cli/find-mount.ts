import fs from 'node:fs';
import { OperationalError, UsageError } from '../errors.js';
import type { PathBytes } from '../native/io.js';
import { listMounts } from '../native/mountinfo.js';
import { isErrno, nativeCall, type NativeError } from '../native/native-error.js';
import { statPath } from '../native/statx.js';

const isWhole = (root: Buffer): boolean => root.equals(Buffer.from('/'));

/**
 * The mount point of the whole filesystem that a path lies on. Of several the longest that is above the path.
 * @throws NativeError for a path that cannot be looked up; OperationalError ENOTMOUNT
 */
export function mountPointOf(path: PathBytes): PathBytes {
  const { device } = statPath(path);
  const whole = listMounts().filter((mount) => mount.device === device && isWhole(mount.root));
  const real = nativeCall(path.toString(), () => fs.realpathSync.native(path, { encoding: 'buffer' }));
  const above = whole.filter(({ mountPoint }) => real.subarray(0, mountPoint.length).equals(mountPoint));
  const [best = whole[0]] = above.sort((a, b) => b.mountPoint.length - a.mountPoint.length);
  if (best !== undefined) return best.mountPoint;
  throw new OperationalError('ENOTMOUNT', `no mount shows the whole filesystem that ${path.toString()} lies on`);
}

/**
 * The filesystem of the first path that can be looked up, and all paths again, that one included.
 * @throws NativeError if not one of the paths exists
 */
export async function peekMount(
  paths: AsyncGenerator<PathBytes>,
): Promise<{ readonly mountPath: PathBytes; readonly paths: AsyncGenerator<PathBytes> }> {
  const seen: PathBytes[] = [];
  let failure: NativeError | undefined;
  for (let next = await paths.next(); !next.done; next = await paths.next()) {
    seen.push(next.value);
    try {
      return { mountPath: mountPointOf(next.value), paths: chain(seen, paths) };
    } catch (error) {
      if (!isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'ENAMETOOLONG')) throw error;
      failure ??= error;
      if (seen.length >= 1000) break;
    }
  }
  if (failure !== undefined) throw failure;
  throw new UsageError('there is no path to work on');
}

async function* chain(first: readonly PathBytes[], rest: AsyncGenerator<PathBytes>): AsyncGenerator<PathBytes> {
  yield* first;
  yield* rest;
}
