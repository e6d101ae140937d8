import { openStoreOf, openSession } from '../../migrate/open-session.js';
import type { FileResult } from '../../migrate/file-result.js';
import type { ResolvedPath } from '../../migrate/resolve-path.js';
import { assertLeaseBreakTime, unusable } from '../../migrate/run-operation.js';
import { walkFiles } from '../../migrate/walk-files.js';
import type { PathBytes } from '../../native/io.js';
import type { Side } from '../../recover/decide-resolve.js';
import { planResolve, resolveFile } from '../../recover/resolve-file.js';
import { openRegistered, type RegisteredFilesystem } from '../../reconcile/registered-filesystem.js';
import type { CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { peekMount } from '../find-mount.js';
import { readPaths } from '../path-arguments.js';
import { fileLine, fileSummaryLine, FileTally } from './file-tally.js';
import type { MigrateOptions } from './migrate.js';

export interface ResolveOptions extends MigrateOptions {
  readonly keep: Side;
  readonly dryRun: boolean;
}

/** What is done about one file, on a filesystem that is open. */
interface Resolver {
  readonly mount: RegisteredFilesystem['mount'];
  readonly resolve: (path: ResolvedPath) => Promise<FileResult>;
  readonly close: () => void;
}

/** A dry run opens everything for reading, and moves no mark. */
async function openDry(context: CommandContext, mountPath: PathBytes, keep: Side): Promise<Resolver> {
  const subject = openRegistered({ catalogPath: context.catalogPath, mountPath, mode: 'read' });
  try {
    const store = await openStoreOf(subject);
    const { access, catalog, filesystem, mount } = subject;
    const looked = { access, catalog, store, fs: filesystem.fs };
    return { mount, resolve: (path) => planResolve(looked, path, keep), close: () => subject.close() };
  } catch (error) {
    subject.close();
    throw error;
  }
}

async function open(context: CommandContext, mountPath: PathBytes, keep: Side): Promise<Resolver> {
  assertLeaseBreakTime();
  const { catalogPath, signal } = context;
  const { passStep } = context;
  const session = await openSession({ catalogPath, mountPath, command: 'resolve', passStep, signal });
  return {
    mount: session.mount,
    resolve: (path) => resolveFile(session, path, keep),
    close: () => session.close(),
  };
}

/** `hsmck resolve`: a person says which side of a conflict counts. Each file by itself: they are few. */
export async function runResolve(
  context: CommandContext,
  paths: readonly string[],
  { keep, dryRun, recursive, fromFile, nullEnded, verbose }: ResolveOptions,
): Promise<number> {
  const { terminal, signal } = context;
  const { mountPath, paths: bytes } = await peekMount(readPaths({ paths, fromFile, nullEnded }));
  const resolver = await (dryRun ? openDry : open)(context, mountPath, keep);
  const totals = new FileTally();
  const progress = terminal.startProgress('files');
  try {
    const { mount } = resolver;
    const files = walkFiles({ paths: bytes, recursive, device: mount.mount.device, mountPoint: mount.mountPath });
    for await (const path of files) {
      if (signal.aborted) break;
      const result = 'error' in path ? unusable(path) : await resolver.resolve(path);
      totals.add(result);
      fileLine(context, verbose, result);
      progress.update(totals.files, 0);
    }
  } finally {
    terminal.stopProgress();
    resolver.close();
  }
  if (signal.aborted) totals.exitCode |= EXIT.CANCELLED;
  fileSummaryLine(context, 'resolve', totals, !signal.aborted);
  return totals.exitCode;
}
