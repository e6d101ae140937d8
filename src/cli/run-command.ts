import { UsageError } from '../errors.js';
import type { ForwardOperation } from '../migrate/preconditions.js';
import type { AttributeNamespace } from '../catalog/filesystem-rows.js';
import type { SourceChoice } from '../scan/choose-source.js';
import { thawLeftovers } from '../scan/settle/thaw-leftovers.js';
import type { SettleWay } from '../scan/settle/settle.js';
import type { Side } from '../recover/decide-resolve.js';
import type { Preference } from '../recover/decision-facts.js';
import type { CommandContext } from './command-context.js';
import { isDeviceOrImage } from '../scan/open-unmounted.js';
import { runLooking } from './commands/check.js';
import { runCheckImage } from './commands/check-image.js';
import { runFaults } from './commands/faults.js';
import { runInit } from './commands/init.js';
import { runMigrate, type MigrateOptions } from './commands/migrate.js';
import { runPurge } from './commands/purge.js';
import { runRebuild } from './commands/rebuild.js';
import { runRecover } from './commands/recover.js';
import { runResolve } from './commands/resolve.js';
import { runScanCommand } from './commands/scan.js';
import { runStatus } from './commands/status.js';
import { textToBytes } from './raw-arguments.js';
import type { Invocation } from './program.js';
import type { SourceFlags } from './source-options.js';

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const isSet = (value: unknown): boolean => value === true;

/** The argument that commander has made sure is there. */
function required(invocation: Invocation): string {
  const [first] = invocation.args;
  if (first === undefined) throw new UsageError(`${invocation.name} needs an argument`);
  return first;
}

/** A dry run of `recover` writes nothing, and a freeze leaves a flag in /run for its moment. */
const defaultSource = ({ name, options }: Invocation): SourceChoice =>
  name === 'recover' && !isSet(options.apply) ? 'xfs-bulkstat' : 'auto';

/** commander has made sure that what is given is among the choices. */
const sourceOf = (invocation: Invocation): SourceFlags => ({
  source: (text(invocation.options.source) as SourceChoice | undefined) ?? defaultSource(invocation),
  settle: text(invocation.options.settle) as SettleWay,
  verifyCrc: isSet(invocation.options.verifyCrc),
});

type Handler = (context: CommandContext, invocation: Invocation) => Promise<number> | number;

const pathOptions = ({ options }: Invocation): MigrateOptions => ({
  recursive: isSet(options.recursive),
  fromFile: text(options.fromFile),
  nullEnded: isSet(options.null),
  verbose: isSet(options.verbose),
});

const migrate =
  (operation: ForwardOperation): Handler =>
  (context, invocation) =>
    runMigrate(context, operation, invocation.args, pathOptions(invocation));

const HANDLERS: Readonly<Record<string, Handler>> = {
  init: (context, invocation) =>
    runInit(context, required(invocation), {
      archive: text(invocation.options.archive) ?? '',
      namespace: text(invocation.options.namespace) as AttributeNamespace,
      unguarded: isSet(invocation.options.unguarded),
    }),
  archive: migrate('archive'),
  release: migrate('release'),
  recall: migrate('recall'),
  remove: migrate('remove'),
  scan: (context, invocation) =>
    runScanCommand(context, required(invocation), {
      ...sourceOf(invocation),
      where: text(invocation.options.where),
      count: isSet(invocation.options.count),
      ignoreLog: isSet(invocation.options.ignoreLog),
      attributes: isSet(invocation.options.attributes),
    }),
  check: (context, invocation) => {
    const place = required(invocation);
    if (isDeviceOrImage(textToBytes(place))) return runCheckImage(context, place, isSet(invocation.options.ignoreLog));
    return runLooking(context, place, {
      command: 'check',
      scope: 'interrupted',
      deep: false,
      resume: false,
      ...sourceOf(invocation),
    });
  },
  audit: (context, invocation) =>
    runLooking(context, required(invocation), {
      command: 'audit',
      scope: 'everything',
      deep: isSet(invocation.options.deep),
      resume: isSet(invocation.options.resume),
      ...sourceOf(invocation),
    }),
  recover: (context, invocation) =>
    runRecover(context, required(invocation), {
      apply: isSet(invocation.options.apply),
      prefer: text(invocation.options.prefer) as Preference,
      acceptDeleted: isSet(invocation.options.acceptDeleted),
      acceptEpoch: isSet(invocation.options.acceptEpoch),
      planFile: text(invocation.options.plan),
      ...sourceOf(invocation),
    }),
  resolve: (context, invocation) =>
    runResolve(context, invocation.args, {
      ...pathOptions(invocation),
      keep: text(invocation.options.keep) as Side,
      dryRun: isSet(invocation.options.dryRun),
    }),
  rebuild: (context, invocation) =>
    runRebuild(context, invocation.args, {
      archive: text(invocation.options.archive) ?? '',
      takeOver: isSet(invocation.options.takeOver),
      unguarded: isSet(invocation.options.unguarded),
      dryRun: isSet(invocation.options.dryRun),
    }),
  status: (context, { args }) => runStatus(context, args[0]),
  purge: (context, { options }) =>
    runPurge(context, {
      olderThan: text(options.olderThan) ?? '90d',
      dryRun: isSet(options.dryRun),
      damaged: isSet(options.damaged),
    }),
  faults: (context) => runFaults(context),
  demo: async (context, { options }) => {
    // Loaded only when asked for: no other command needs it.
    const { runDemo } = await import('./demo/run-demo.js');
    const { terminal, threads, signal } = context;
    const damage = text(options.damage);
    return runDemo({
      format: terminal.format,
      threads,
      progress: terminal.showsProgress,
      signal,
      stdout: terminal.stdout,
      stderr: terminal.stderr,
      // https://no-color.org
      color: terminal.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '',
      ...(damage !== undefined && { damage }),
    });
  },
};

/** Runs the command that was named. Returns its exit status. */
export async function runCommand(context: CommandContext, invocation: Invocation): Promise<number> {
  const handler = HANDLERS[invocation.name];
  if (handler === undefined) throw new UsageError(`there is no command "${invocation.name}"`);
  for (const { mountPath, thawed } of thawLeftovers()) {
    if (thawed) context.terminal.note(`${mountPath} was left frozen by a process of hsmck that died; it is thawed`);
  }
  return handler(context, invocation);
}
