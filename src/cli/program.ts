import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { SIDES } from '../recover/decide-resolve.js';
import { SOURCES } from '../scan/choose-source.js';
import { SETTLE_WAYS } from '../scan/settle/settle.js';
import { EXIT } from './exit-codes.js';
import { helpText, type HelpFacts } from './help-text.js';
import { VERSION } from './version.js';

/** Options that every command takes, before or behind its name. */
export interface GlobalOptions {
  /** By the command line, not by the environment. */
  readonly isCatalogGiven: boolean;
  readonly catalog: string;
  readonly format: 'text' | 'ndjson';
  readonly threads: string;
  readonly progress: 'auto' | 'always' | 'never';
}

/** A command to run, as the command line names it. */
export type Invocation = {
  readonly name: string;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
};

type Run = (invocation: Invocation, globals: GlobalOptions) => Promise<void>;

const { CORRECTED, UNCORRECTED, ERROR, CANCELLED } = EXIT;
const LOOKING = [UNCORRECTED, ERROR, CANCELLED];

const ZEROS =
  'until a recall daemon answers for the filesystem, whoever reads a released file gets zeros.\n' +
  'So release is refused unless the filesystem was registered with "init --unguarded".';

const OPERATIONS = [
  {
    name: 'archive',
    description: 'copy files to the archive; their data stays on disk too',
    help: {
      reads: 'the files; the catalog; the copies, once written',
      writes: 'copies to the archive store; the DM attribute of the files; the catalog',
      example: 'hsmck archive -r /data/projects/2024',
    },
  },
  {
    name: 'release',
    description: 'free the disk space of archived files: their data stays in the archive only',
    help: {
      reads: 'the files (to prove that they equal their copies); the catalog',
      writes: 'holes in place of the data; the DM attribute; the catalog',
      example: 'hsmck release -r /data/projects/2024',
      warning: ZEROS,
    },
  },
  {
    name: 'recall',
    description: 'bring the data of released files back',
    help: {
      reads: 'the archived copies; the catalog',
      writes: 'the data of the files; the DM attribute; the catalog',
      example: 'hsmck recall /data/projects/2024/report.pdf',
    },
  },
  {
    name: 'remove',
    description: 'drop the archived copies of files whose data is on disk',
    help: {
      reads: 'the files (to prove that they are whole); the catalog',
      writes: 'moves the copies to the trash of the store; the DM attribute; the catalog',
      example: 'hsmck remove -r /data/scratch',
    },
  },
] as const;

function add(program: Command, run: Run, spec: { usage: string; description: string; help: HelpFacts }): Command {
  const command = program.command(spec.usage).description(spec.description);
  command.addHelpText('after', helpText(spec.help));
  command.action(() => {
    const args = command.processedArgs.flat().filter((arg): arg is string => typeof arg === 'string');
    return run(
      { name: command.name(), args, options: command.opts() },
      {
        ...program.opts<Omit<GlobalOptions, 'isCatalogGiven'>>(),
        isCatalogGiven: program.getOptionValueSource('catalog') === 'cli',
      },
    );
  });
  return command;
}

function addInit(program: Command, run: Run): void {
  add(program, run, {
    usage: 'init <mount>',
    description: 'register a filesystem and its archive store; again is fine',
    help: {
      reads: 'the mount; an archive store that is there already',
      writes: 'the catalog and the archive store, if need be; a mark on the root folder',
      exits: [ERROR],
      example: 'hsmck init /data --archive /archive/data',
    },
  })
    .requiredOption('--archive <dir>', 'the folder that holds, or will hold, the archived copies')
    .addOption(new Option('--namespace <name>', 'of the DM attribute').choices(['trusted', 'user']).default('trusted'))
    .option('--unguarded', 'allow release though readers of released files get zeros');
}

const withPaths = (command: Command): Command =>
  command
    .option('-r, --recursive', 'go into folders; of hard links the first counts')
    .option('--from-file <file>', 'read paths from a file, one a line; - for standard input')
    .option('-0, --null', 'paths in that file end with a NUL byte')
    .option('-v, --verbose', 'name every file, not only those that were not done');

function addOperations(program: Command, run: Run): void {
  for (const { name, description, help } of OPERATIONS) {
    withPaths(add(program, run, { usage: `${name} [paths...]`, description, help: { ...help, exits: LOOKING } }));
  }
}

function addResolve(program: Command, run: Run): void {
  const resolve = add(program, run, {
    usage: 'resolve [paths...]',
    description: 'end a conflict: say whether the archived version counts, or the file as it is',
    help: {
      reads: 'the files and their copies; the catalog',
      writes:
        'archive: the data of the file, where it has none of its own. file: takes the DM attribute off and moves the\n' +
        'copy to the trash of the store. Both: the catalog. With --dry-run: nothing',
      exits: LOOKING,
      example: 'hsmck resolve /data/report.pdf --keep archive --dry-run\nhsmck resolve /data/report.pdf --keep archive',
      warning:
        'bytes that only the file has are never written over: "--keep archive" refuses such a file. With\n' +
        '"--keep file" what the file does not have reads as zeros from then on; the archived version lies in the\n' +
        'trash of the store until "hsmck purge" deletes it.',
    },
  });
  withPaths(resolve)
    .addOption(new Option('--keep <side>', 'which version counts').choices(SIDES).makeOptionMandatory())
    .option('--dry-run', 'say what would be done');
}

/** Where a command that looks reads inodes from. */
function withSource(command: Command, unlessNamed = 'auto'): Command {
  return command
    .addOption(
      new Option(
        '--source <source>',
        `where inodes come from; auto: the device where it can be read, else bulkstat; unless named: ${unlessNamed}`,
      )
        .env('HSMCK_SOURCE')
        .choices(SOURCES),
    )
    .addOption(
      new Option('--settle <way>', 'before a scan of the device; without a freeze it is not called complete')
        .choices(SETTLE_WAYS)
        .default('freeze'),
    )
    .option('--verify-crc', 'in a scan of the device, believe only inodes whose checksum is right');
}

function addLooking(program: Command, run: Run): void {
  const scan = add(program, run, {
    usage: 'scan <mount-or-device>',
    description: 'list or count inodes with their state; needs no catalog',
    help: {
      reads: 'every inode and its DM attribute; a size is the one on disk, without what is not yet written back',
      writes: 'nothing',
      exits: LOOKING,
      example:
        "hsmck scan /data --where 'state = offline and size > 1GiB'\nhsmck scan /data --count\n" +
        'hsmck scan /dev/vg/snapshot --where managed   # a device or an image that is not mounted',
    },
  });
  withSource(scan)
    .option('--where <expression>', 'only inodes for which this is true')
    .option('--count', 'count, do not list')
    .option('--ignore-log', 'of a device that is not mounted: scan it though its journal was not replayed')
    .option('--no-attributes', 'do not read DM attributes (faster; states are unknown)');
  const check = add(program, run, {
    usage: 'check <mount-or-device>',
    description: 'find interrupted migrations; the check after a mount, or before one',
    help: {
      reads: 'every inode and its DM attribute; the open intents of the catalog',
      writes: 'nothing on the filesystem; that it ran, in the catalog',
      exits: LOOKING,
      example:
        'hsmck check /data\nhsmck check /dev/vg/snapshot   # a device or an image that is not mounted: a first look',
    },
  });
  withSource(check).option(
    '--ignore-log',
    'of a device that is not mounted: check it though its journal was not replayed',
  );
  const audit = add(program, run, {
    usage: 'audit <mount>',
    description: 'hold inodes, catalog and archive against each other',
    help: {
      reads: 'every inode and its DM attribute; the whole catalog; the names and sizes in the archive',
      writes: 'nothing on the filesystem; findings to the catalog',
      exits: LOOKING,
      example: 'hsmck audit /data --format ndjson > audit.ndjson',
    },
  });
  withSource(audit)
    .option('--deep', 'read all archived copies, and the files on disk that should equal them')
    .option('--resume', 'go on where an audit was cut short');
}

function addRecover(program: Command, run: Run): void {
  const recover = add(program, run, {
    usage: 'recover <mount>',
    description: 'complete or revert interrupted migrations, mend what can be mended',
    help: {
      reads: 'what audit reads; the bytes of the files and copies in question',
      writes:
        'with --apply: data, DM attributes, catalog, archive; without: nothing but the plan file, if one is named',
      exits: [CORRECTED, ...LOOKING],
      example:
        'hsmck recover /data --apply\n' +
        'hsmck recover /data --dry-run --plan plan.ndjson   # look through it, then, hours later:\n' +
        'hsmck recover /data --apply --plan plan.ndjson',
    },
  });
  withSource(recover, 'auto to --apply, xfs-bulkstat for a dry run, which freezes nothing')
    .addOption(new Option('--dry-run', 'say what would be done (the default)').conflicts('apply'))
    .option('--apply', 'do it')
    .option(
      '--plan <file>',
      'write what would be done to a new file; with --apply: do what it says, where nothing changed',
    )
    .option('--accept-epoch', 'an older catalog or filesystem was put back: go on from what the filesystem says')
    .option('--accept-deleted', 'many files are gone because they were deleted: forget them')
    .addOption(
      new Option('--prefer <way>', 'which way to go where both are safe')
        .choices(['auto', 'complete', 'revert'])
        .default('auto'),
    );
}

function addRebuild(program: Command, run: Run): void {
  add(program, run, {
    usage: 'rebuild <mount...>',
    description: 'make a lost catalog anew, from the archive and the filesystem',
    help: {
      reads: 'every sidecar in the archive; every inode and its DM attribute. Name all filesystems of the archive',
      writes: 'a new catalog, where there is none; then the marks on the root folder and the archive',
      exits: [CORRECTED, ...LOOKING],
      example: 'hsmck rebuild /data --archive /archive/data --dry-run',
      warning:
        'a catalog that is not lost is refused once this has run. If there is a backup of it, put that\n' +
        'back instead and see "hsmck recover --accept-epoch": it knows more.',
    },
  })
    .requiredOption('--archive <dir>', 'the folder that holds the archived copies')
    .option('--take-over', 'the catalog that the archive belongs to is lost for certain')
    .option('--unguarded', 'allow release though readers of released files get zeros')
    .option('--dry-run', 'say what would be found');
}

function addRest(program: Command, run: Run): void {
  add(program, run, {
    usage: 'status [mount]',
    description: 'what is registered, open and unsettled',
    help: { reads: 'the catalog', writes: 'nothing', exits: [ERROR], example: 'hsmck status' },
  });
  add(program, run, {
    usage: 'purge',
    description: 'delete what has lain in the trash of the archive for long enough',
    help: {
      reads:
        'the trash, each copy whole; every inode of every filesystem of the catalog: what an attribute still names is kept',
      writes: 'deletes from the trash; the catalog. No other command deletes archived bytes',
      exits: [ERROR, CANCELLED],
      example: 'hsmck purge --older-than 90d --dry-run',
    },
  })
    .option('--older-than <age>', 'how long it must have lain there: 90d, 12h, ...', '90d')
    .option('--damaged', 'copies too that have other bytes than were archived, which may be another file’s; reads none')
    .option('--dry-run', 'say what would be deleted');
  add(program, run, {
    usage: 'faults',
    description: 'list the named steps at which HSMCK_FAULT can act',
    help: {
      reads: 'nothing',
      writes: 'nothing',
      exits: [],
      example: 'HSMCK_FAULT=release:after-punch=kill hsmck release FILE',
    },
  });
  add(program, run, {
    usage: 'demo',
    description: 'show the whole thing on a throw-away filesystem, crashes included',
    help: {
      reads: 'nothing of yours',
      writes: 'a sparse image, a catalog and an archive in a temporary folder, gone at the end',
      exits: [ERROR, CANCELLED],
      example: 'sudo hsmck demo',
    },
  }).addOption(new Option('--damage <what>', 'break one byte before the comparison, which must fail then').hideHelp());
}

/**
 * The command line. Errors of usage and help end in an exception of commander's, never in process.exit().
 * @param run called with the command that was named
 */
export function createProgram(run: Run): Command {
  const program = new Command('hsmck')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'hsmck: ')) })
    .description(
      'fsck for hierarchical storage management: finds and settles interrupted migrations, and loses no byte',
    )
    .version(VERSION)
    .addOption(
      new Option('--catalog <file>', 'the offline database').env('HSMCK_CATALOG').default('/var/lib/hsmck/catalog.db'),
    )
    .addOption(new Option('--format <format>', 'of the output').choices(['text', 'ndjson']).default('text'))
    .option('--threads <n>', 'threads that scan', String(availableParallelism()))
    .addOption(new Option('--progress <when>', 'show progress').choices(['auto', 'always', 'never']).default('auto'))
    .showHelpAfterError('(hsmck --help, or hsmck COMMAND --help, says more)');
  addInit(program, run);
  addOperations(program, run);
  addLooking(program, run);
  addRecover(program, run);
  addResolve(program, run);
  addRebuild(program, run);
  addRest(program, run);
  return program;
}
