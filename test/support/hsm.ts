/**
 * A scratch filesystem that is registered with a catalog and an archive store of its own. Operations run in this process,
 * through the built program (its workers are files of it); those that have to die run as a child.
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { openCatalog as OpenCatalog } from '../../src/catalog/open-catalog.js';
import type { IntentRow } from '../../src/catalog/intent-rows.js';
import type { Catalog } from '../../src/catalog/catalog.js';
import type { ScratchFilesystem } from '../../src/cli/demo/scratch-filesystem.js';
import type { FileResult } from '../../src/migrate/file-result.js';
import type { acceptEpoch as AcceptEpoch } from '../../src/migrate/accept-epoch.js';
import type { createSteps as CreateSteps } from '../../src/migrate/faults.js';
import type { openSession as OpenSession, openStoreOf as OpenStoreOf } from '../../src/migrate/open-session.js';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type {
  registerFilesystem as RegisterFilesystem,
  RegisterOptions,
} from '../../src/migrate/register-filesystem.js';
import type { runOperation as RunOperation } from '../../src/migrate/run-operation.js';
import type { StepName } from '../../src/migrate/step-names.js';
import type { walkFiles as WalkFiles } from '../../src/migrate/walk-files.js';
import type { shutDownFilesystem as ShutDownFilesystem, ShutdownMode } from '../../src/native/xfs-geometry.js';
import type { ActionRecord } from '../../src/recover/action-record.js';
import type { Preference } from '../../src/recover/decision-facts.js';
import type { Side } from '../../src/recover/decide-resolve.js';
import type { resolveFile as ResolveFile } from '../../src/recover/resolve-file.js';
import type { applyRecovery as ApplyRecovery, planRecovery as PlanRecovery } from '../../src/recover/run-recover.js';
import type { Finding } from '../../src/reconcile/finding.js';
import type { ReconcileScope } from '../../src/reconcile/reconcile-task.js';
import type { openRegistered as OpenRegistered } from '../../src/reconcile/registered-filesystem.js';
import type { runReconcile as RunReconcile } from '../../src/reconcile/run-reconcile.js';
import { builtFile, runCli, type ChildOptions, type ChildResult } from './run-node.js';
import { hasStopped } from './stopped-process.js';

interface Built {
  readonly acceptEpoch: typeof AcceptEpoch;
  readonly openCatalog: typeof OpenCatalog;
  readonly createSteps: typeof CreateSteps;
  readonly openSession: typeof OpenSession;
  readonly openStoreOf: typeof OpenStoreOf;
  readonly registerFilesystem: typeof RegisterFilesystem;
  readonly runOperation: typeof RunOperation;
  readonly walkFiles: typeof WalkFiles;
  readonly shutDownFilesystem: typeof ShutDownFilesystem;
  readonly applyRecovery: typeof ApplyRecovery;
  readonly planRecovery: typeof PlanRecovery;
  readonly resolveFile: typeof ResolveFile;
  readonly openRegistered: typeof OpenRegistered;
  readonly runReconcile: typeof RunReconcile;
}

const MODULES = [
  'catalog/open-catalog.js',
  'migrate/accept-epoch.js',
  'migrate/faults.js',
  'migrate/open-session.js',
  'migrate/register-filesystem.js',
  'migrate/run-operation.js',
  'migrate/walk-files.js',
  'native/xfs-geometry.js',
  'recover/resolve-file.js',
  'recover/run-recover.js',
  'reconcile/registered-filesystem.js',
  'reconcile/run-reconcile.js',
];

async function loadBuilt(): Promise<Built> {
  const modules = await Promise.all(MODULES.map(async (name) => (await import(builtFile(name))) as object));
  return Object.assign({}, ...modules) as Built;
}

/** Starting a worker costs more than these small filesystems take to scan. */
const THREADS = 1;
const ATTEMPTS_MAX = 100;
const RETRY_AFTER_MS = 100;
const STOP_POLL_MS = 5;

function retry(action: () => void): void {
  for (let attempt = 0; ; attempt++) {
    try {
      return action();
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_AFTER_MS);
    }
  }
}

function isAlive(mountPoint: string): boolean {
  try {
    fs.statSync(mountPoint);
    return true;
  } catch {
    return false; // it still is the filesystem that was shut down
  }
}

export interface RunOptions {
  /** As in HSMCK_FAULT, for what does not end the process. */
  readonly fault?: string;
  readonly signal?: AbortSignal;
  /** Called at every named step, in the midst of the operation; `fault` is not looked at then. */
  readonly onStep?: (step: StepName) => void;
}

/** What recovery may do beyond the ordinary. */
export interface RecoverOptions extends RunOptions {
  /** It goes on though the marks disagree. */
  readonly adopt?: boolean;
  /** The rollback is accepted first. */
  readonly acceptEpoch?: boolean;
  readonly acceptDeleted?: boolean;
}

export interface Recovery {
  readonly findings: readonly Finding[];
  readonly actions: readonly ActionRecord[];
}

/** Everything that a test does to one registered filesystem. Paths are relative to its mount point. */
export class Hsm {
  readonly catalogPath: string;
  readonly archiveDir: string;
  readonly #built: Built;

  private constructor(
    readonly scratch: ScratchFilesystem,
    built: Built,
    name: string,
    archiveDir?: string,
  ) {
    this.#built = built;
    this.catalogPath = path.join(scratch.folder, `${name}-catalog`, 'catalog.db');
    this.archiveDir = archiveDir ?? path.join(scratch.folder, `${name}-archive`);
    fs.mkdirSync(path.dirname(this.catalogPath), { recursive: true });
  }

  /** Nothing is registered yet. */
  static async unregistered(scratch: ScratchFilesystem, name = 'hsm', archiveDir?: string): Promise<Hsm> {
    return new Hsm(scratch, await loadBuilt(), name, archiveDir);
  }

  static async create(
    scratch: ScratchFilesystem,
    options: Partial<RegisterOptions> & { readonly archive?: string } = {},
  ): Promise<Hsm> {
    const hsm = await Hsm.unregistered(scratch, 'hsm', options.archive);
    await hsm.register(options);
    return hsm;
  }

  async register(options: Partial<RegisterOptions> = {}): Promise<void> {
    await this.#built.registerFilesystem({
      catalogPath: this.catalogPath,
      mountPath: this.mountPath,
      archiveDir: Buffer.from(this.archiveDir),
      namespace: 'trusted',
      unguarded: true,
      ...options,
    });
  }

  get mountPath(): Buffer {
    return Buffer.from(this.scratch.mountPoint);
  }

  /** The path of a file; a name may be bytes. */
  at(name: string | Buffer): Buffer {
    return Buffer.concat([this.mountPath, Buffer.from('/'), Buffer.from(name)]);
  }

  /** Runs a forward operation over files and folders. */
  async run(
    operation: ForwardOperation,
    names: readonly (string | Buffer)[] = [''],
    options: RunOptions = {},
  ): Promise<FileResult[]> {
    const results: FileResult[] = [];
    const session = await this.#built.openSession({
      catalogPath: this.catalogPath,
      mountPath: this.mountPath,
      command: operation,
      passStep: options.onStep ?? this.#built.createSteps(options.fault),
      signal: options.signal ?? new AbortController().signal,
    });
    try {
      const { device } = session.subject.mount.mount;
      const paths = names.map((name) => (name.length === 0 ? this.mountPath : this.at(name)));
      const files = this.#built.walkFiles({ paths, recursive: true, device, mountPoint: this.mountPath });
      await this.#built.runOperation({ session, operation, files, onResult: (result) => results.push(result) });
      return results;
    } finally {
      session.close();
    }
  }

  /** One word for each file, in the order of the results. */
  async outcomes(
    operation: ForwardOperation,
    names?: readonly (string | Buffer)[],
    options?: RunOptions,
  ): Promise<string[]> {
    return (await this.run(operation, names, options)).map(({ result }) => result);
  }

  /** Says of files in conflict which side counts. */
  async resolve(keep: Side, names: readonly string[], options: RunOptions = {}): Promise<FileResult[]> {
    const results: FileResult[] = [];
    const session = await this.#built.openSession({
      ...this.#places(),
      command: 'resolve',
      passStep: options.onStep ?? this.#built.createSteps(options.fault),
      signal: options.signal ?? new AbortController().signal,
    });
    try {
      const { device } = session.subject.mount.mount;
      const walk = { paths: names.map((name) => this.at(name)), recursive: true, device, mountPoint: this.mountPath };
      for await (const file of this.#built.walkFiles(walk)) {
        if ('error' in file) throw file.error;
        results.push(await this.#built.resolveFile(session, file, keep));
      }
      return results;
    } finally {
      session.close();
    }
  }

  /** Runs `hsmck ARGS` as a child, with HSMCK_FAULT if one is given. */
  child(args: readonly string[], fault?: string, options: ChildOptions = {}): Promise<ChildResult> {
    const globals = ['--catalog', this.catalogPath, '--format', 'ndjson', '--threads', String(THREADS)];
    return runCli([...globals, ...args], { ...options, env: { HSMCK_FAULT: fault, ...options.env } });
  }

  /**
   * Runs `hsmck ARGS` as a child that stops itself (a fault `pause`), does something while it stands still, all its
   * threads with it, and kills it.
   * @throws if it ended without stopping: the fault did not fire
   */
  async whileStopped<T>(args: readonly string[], fault: string, use: () => T): Promise<T> {
    const { child, pid } = await this.#stopped(args, fault);
    try {
      return use();
    } finally {
      process.kill(pid, 'SIGKILL');
      await child;
    }
  }

  /** Runs `hsmck ARGS` as a child that stops itself, and lets it go on with a signal that came meanwhile. */
  async signalled(args: readonly string[], fault: string, signal: NodeJS.Signals): Promise<ChildResult> {
    const { child, pid } = await this.#stopped(args, fault);
    process.kill(pid, signal);
    process.kill(pid, 'SIGCONT');
    return child;
  }

  async #stopped(args: readonly string[], fault: string): Promise<{ child: Promise<ChildResult>; pid: number }> {
    let pid = 0;
    let ended: ChildResult | undefined;
    const child = this.child(args, fault, { onSpawn: (childPid) => (pid = childPid) });
    void child.then(
      (result) => (ended = result),
      () => undefined,
    );
    while (!hasStopped(pid)) {
      if (ended) throw new Error(`${fault} did not fire: status ${ended.shellStatus}, ${ended.stderr}`);
      await setTimeout(STOP_POLL_MS);
    }
    return { child, pid };
  }

  async recover(prefer: Preference = 'auto', options: RecoverOptions = {}): Promise<Recovery> {
    const findings: Finding[] = [];
    const actions: ActionRecord[] = [];
    if (options.acceptEpoch) await this.#built.acceptEpoch(this.#places());
    const session = await this.#built.openSession({
      catalogPath: this.catalogPath,
      mountPath: this.mountPath,
      command: 'recover',
      passStep: options.onStep ?? this.#built.createSteps(options.fault),
      signal: options.signal ?? new AbortController().signal,
      ...(options.adopt && { adopt: true }),
    });
    try {
      await this.#built.applyRecovery({
        session,
        prefer,
        threads: THREADS,
        ...(options.acceptDeleted && { acceptDeleted: true }),
        onFinding: (finding) => findings.push(finding),
        onAction: (action) => actions.push(action),
      });
      return { findings, actions };
    } finally {
      session.close();
    }
  }

  /** A dry run. */
  async plan(prefer: Preference = 'auto'): Promise<ActionRecord[]> {
    const actions: ActionRecord[] = [];
    const subject = this.#built.openRegistered({ ...this.#places(), mode: 'read' });
    try {
      const store = await this.#built.openStoreOf(subject);
      const { signal } = new AbortController();
      const onAction = (action: ActionRecord): void => void actions.push(action);
      await this.#built.planRecovery({ subject, store, prefer, threads: THREADS, signal, onAction });
      return actions;
    } finally {
      subject.close();
    }
  }

  /** What `check` (`interrupted`) or `audit` (`everything`) finds. */
  async findings(scope: ReconcileScope = 'everything'): Promise<Finding[]> {
    const findings: Finding[] = [];
    const subject = this.#built.openRegistered({ ...this.#places(), mode: 'read' });
    try {
      const wanted = scope === 'everything' && subject.markVerdict === 'agree';
      const store = wanted ? await this.#built.openStoreOf(subject) : undefined;
      const onFinding = (finding: Finding): void => void findings.push(finding);
      await this.#built.runReconcile({ subject, scope, threads: THREADS, onFinding, store });
      return findings;
    } finally {
      subject.close();
    }
  }

  /** Classes of what an audit finds, but for what is only information. */
  async drift(): Promise<string[]> {
    const findings = await this.findings();
    return findings.filter(({ severity }) => severity !== 'info').map((finding) => finding.class);
  }

  /** Opens the catalog for the length of a function. */
  withCatalog<T>(use: (catalog: Catalog) => T): T {
    const catalog = this.#built.openCatalog({ path: this.catalogPath, mode: 'write' });
    try {
      return use(catalog);
    } finally {
      catalog.close();
    }
  }

  intents(): IntentRow[] {
    return this.withCatalog((catalog) =>
      catalog.filesystems.list().flatMap(({ fs: fsId }) => catalog.intents.page(fsId, { limit: 1000 })),
    );
  }

  /**
   * A power cut: what was not durable is gone; with `flush-log` all metadata that was changed is durable, but no data
   * that had not been written yet. Nobody may have a file open.
   */
  powerCut(mode: ShutdownMode = 'drop-log'): void {
    const root = fs.openSync(this.scratch.mountPoint, 'r');
    try {
      this.#built.shutDownFilesystem(root as Parameters<typeof ShutDownFilesystem>[0], mode, 'root');
    } finally {
      fs.closeSync(root);
    }
    this.remountAfterShutdown();
  }

  remountAfterShutdown(): void {
    // Another process that looks at all mounts, or has copied them, can keep the dead superblock in use for a moment.
    retry(() => this.scratch.unmount());
    this.scratch.mount();
    retry(() => {
      if (!isAlive(this.scratch.mountPoint)) this.scratch.remount();
      fs.statSync(this.scratch.mountPoint);
    });
  }

  /** Every data file in the store's objects/ (or trash/). */
  objects(place: 'objects' | 'trash' = 'objects'): string[] {
    const top = path.join(this.archiveDir, place);
    const names = fs.existsSync(top) ? fs.readdirSync(top, { recursive: true, encoding: 'utf8' }) : [];
    return names.filter((name) => /\/[0-9a-f-]{36}$/.test(name)).map((name) => path.join(top, name));
  }

  /** Every copy goes to the store's trash, with its sidecar, durably. */
  trashCopies(): void {
    const [objects, trash] = ['objects', 'trash'].map((place) => path.join(this.archiveDir, place));
    if (!objects || !trash) throw new Error('a store has both');
    for (const data of this.objects()) {
      const dropped = path.join(trash, path.relative(objects, data));
      fs.mkdirSync(path.dirname(dropped), { recursive: true });
      for (const ending of ['', '.json']) fs.renameSync(`${data}${ending}`, `${dropped}${ending}`);
    }
    // The log is in order: what came before is durable, too.
    const fd = fs.openSync(trash, 'r');
    fs.fsyncSync(fd);
    fs.closeSync(fd);
  }

  #places(): { readonly catalogPath: string; readonly mountPath: Buffer } {
    return { catalogPath: this.catalogPath, mountPath: this.mountPath };
  }
}
