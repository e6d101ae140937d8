import { openSession } from '../../migrate/open-session.js';
import type { ForwardOperation } from '../../migrate/preconditions.js';
import { runOperation } from '../../migrate/run-operation.js';
import { walkFiles } from '../../migrate/walk-files.js';
import type { CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { peekMount } from '../find-mount.js';
import { readPaths } from '../path-arguments.js';
import { textToBytes } from '../raw-arguments.js';
import { fileLine, fileSummaryLine, FileTally } from './file-tally.js';

export interface MigrateOptions {
  readonly recursive: boolean;
  readonly fromFile?: string | undefined;
  readonly nullEnded: boolean;
  /** Text output names the files that went well, too. */
  readonly verbose: boolean;
}

/** Counting ahead costs a look at each file's inode, so only where somebody watches. */
async function countFiles(
  paths: readonly Buffer[],
  walk: Omit<Parameters<typeof walkFiles>[0], 'paths'>,
): Promise<number> {
  let count = 0;
  for await (const file of walkFiles({ ...walk, paths })) if (!('error' in file)) count += 1;
  return count;
}

/** `hsmck archive`, `release`, `recall` and `remove`. */
export async function runMigrate(
  context: CommandContext,
  operation: ForwardOperation,
  paths: readonly string[],
  options: MigrateOptions,
): Promise<number> {
  const { passStep } = context;
  const { terminal, signal, catalogPath } = context;
  const given = readPaths({ paths, fromFile: options.fromFile, nullEnded: options.nullEnded });
  const { mountPath, paths: bytes } = await peekMount(given);
  const session = await openSession({ catalogPath, mountPath, command: operation, passStep, signal });
  const totals = new FileTally();
  let complete = false;
  try {
    const { device } = session.mount.mount;
    const walk = { recursive: options.recursive, device, mountPoint: session.mount.mountPath };
    const expected = terminal.showsProgress && options.fromFile === undefined;
    const total = expected ? await countFiles(paths.map(textToBytes), walk) : 0;
    const progress = terminal.startProgress('files');
    complete = await runOperation({
      session,
      operation,
      files: walkFiles({ ...walk, paths: bytes }),
      onResult: (result) => {
        totals.add(result);
        fileLine(context, options.verbose, result);
        progress.update(totals.files, total);
      },
    });
  } finally {
    terminal.stopProgress();
    session.close();
  }
  if (!complete) totals.exitCode |= EXIT.CANCELLED;
  fileSummaryLine(context, operation, totals, complete);
  return totals.exitCode;
}
