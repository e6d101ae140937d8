import type { AttributeNamespace } from '../../catalog/filesystem-rows.js';
import { registerFilesystem } from '../../migrate/register-filesystem.js';
import { quotePath } from '../../report/quote-path.js';
import { EXIT } from '../exit-codes.js';
import { totalSeconds, type CommandContext } from '../command-context.js';
import { textToBytes } from '../raw-arguments.js';

export interface InitOptions {
  readonly archive: string;
  readonly namespace: AttributeNamespace;
  readonly unguarded: boolean;
}

/** `hsmck init`: registers a filesystem and its archive store. */
export async function runInit(context: CommandContext, mount: string, options: InitOptions): Promise<number> {
  const { filesystem, storeLocation, result } = await registerFilesystem({
    catalogPath: context.catalogPath,
    mountPath: textToBytes(mount),
    archiveDir: textToBytes(options.archive),
    namespace: options.namespace,
    unguarded: options.unguarded,
  });
  const guard = filesystem.guarded
    ? 'release is refused until a recall daemon answers readers (or --unguarded is given)'
    : 'unguarded: whoever reads a released file gets zeros';
  const text =
    `${result}: ${quotePath(filesystem.mountHint)} with archive ${storeLocation}, in catalog ${context.catalogPath}\n` +
    `${guard}\n`;
  const fields = {
    command: 'init',
    result,
    filesystem: filesystem.fs,
    store: filesystem.storeId,
    guarded: filesystem.guarded,
    total_seconds: totalSeconds(context),
    exit_code: EXIT.CLEAN,
  };
  context.terminal.line('summary', fields, text);
  return EXIT.CLEAN;
}
