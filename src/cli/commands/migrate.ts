import { openSession } from '../../migrate/open-session.js';
import type { ForwardOperation } from '../../migrate/preconditions.js';
import { runOperation } from '../../migrate/run-operation.js';
import { walkFiles } from '../../migrate/walk-files.js';
import type { Session } from '../../migrate/session.js';
import type { CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { peekMount } from '../find-mount.js';
import { readPaths } from '../path-arguments.js';
import type { Terminal } from '../terminal.js';
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

const MIB = 1024 * 1024;
/** Smaller ones are done before anybody wonders. */
const LARGE_BYTES = 1024 * MIB;

/** A large file, or a large hole, takes long: it has a bar of its own. */
const bytesShown = (terminal: Terminal): Pick<Session, 'onBytes'> =>
  terminal.showsProgress
    ? {
        onBytes: (doneBytes, sizeBytes) => {
          if (sizeBytes >= LARGE_BYTES)
            terminal.showProgress('MiB of a file', Math.floor(doneBytes / MIB), Math.ceil(sizeBytes / MIB));
        },
      }
    : {};

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
  const onBytes = bytesShown(terminal);
  const session = await openSession({ catalogPath, mountPath, command: operation, passStep, signal, ...onBytes });
  const totals = new FileTally();
  let complete = false;
  try {
    const { device } = session.mount.mount;
    const walk = { recursive: options.recursive, device, mountPoint: session.mount.mountPath };
    const expected = terminal.showsProgress && options.fromFile === undefined;
    const total = expected ? await countFiles(paths.map(textToBytes), walk) : 0;
    terminal.startProgress('files');
    complete = await runOperation({
      session,
      operation,
      files: walkFiles({ ...walk, paths: bytes }),
      onResult: (result) => {
        totals.add(result);
        fileLine(context, options.verbose, result);
        terminal.showProgress('files', totals.files, total);
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
