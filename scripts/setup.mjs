// Makes a fresh clone ready to run: `npm run demo` and `npm test` call it first. Node's built-ins only, because it runs
// before anything is installed. A line a step; when nothing is left to do it says nothing and spawns no process.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 20;
const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const forTests = process.argv.includes('--tests');

const say = (line) => process.stdout.write(`setup: ${line}\n`);
function fail(line, output = '') {
  process.stderr.write(`${output}setup: ${line}\n`);
  process.exit(1);
}

function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= NODE_MAJOR_MIN) return;
  fail(
    `hsmck needs Node.js ${NODE_MAJOR_MIN} or newer; this is ${process.versions.node}. Install a newer one and try again.`,
  );
}

// --- Debian packages ---------------------------------------------------------------------------------------------

const SEARCH = [...new Set([...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/bin', '/bin'])].filter(
  Boolean,
);
const hasCommand = (name) => SEARCH.some((folder) => fs.existsSync(path.join(folder, name)));

/** Package -> the commands or files that show it is there. Looking is a thousand times cheaper than asking dpkg. */
const DEMO_PACKAGES = {
  xfsprogs: ['mkfs.xfs'],
  'util-linux': ['losetup', 'flock'],
  acl: ['setfacl'],
  attr: ['setfattr'],
};
const TEST_PACKAGES = {
  strace: ['strace'],
  rsync: ['rsync'],
  'build-essential': ['gcc', 'make', '/usr/include/stdlib.h'],
  'xfslibs-dev': ['/usr/include/xfs/xfs.h'],
  e2fsprogs: ['mkfs.ext4'],
  'btrfs-progs': ['mkfs.btrfs'],
};
/** What better-sqlite3 is compiled with where no prebuilt binary can be fetched. */
const COMPILER_PACKAGES = { python3: ['python3'], make: ['make'], 'g++': ['g++'] };

const missingOf = (packages) =>
  Object.entries(packages)
    .filter(
      ([, probes]) => !probes.every((probe) => (probe.startsWith('/') ? fs.existsSync(probe) : hasCommand(probe))),
    )
    .map(([name]) => name);

const canInstall = () => process.getuid?.() === 0 && hasCommand('apt-get');
let listsUpdated = false;

function run(command, args, env = {}) {
  const child = spawnSync(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const output = child.error ? `${child.error.message}\n` : `${child.stdout}${child.stderr}`;
  return { ok: child.status === 0, output };
}

function installPackages(missing, purpose) {
  say(`installing ${missing.join(' ')} (${purpose})`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  if (!listsUpdated) run('apt-get', ['-qq', 'update'], env);
  listsUpdated = true;
  const { ok, output } = run('apt-get', ['-qq', '-y', 'install', '--no-install-recommends', ...missing], env);
  if (!ok) process.stderr.write(`${output}setup: apt-get could not install all of them; going on\n`);
}

function ensurePackages() {
  const missing = missingOf(forTests ? { ...DEMO_PACKAGES, ...TEST_PACKAGES } : DEMO_PACKAGES);
  if (missing.length === 0) return;
  const purpose = forTests ? 'for the tests' : 'for the demo';
  if (canInstall()) installPackages(missing, purpose);
  else say(`missing, and only root on Debian can have them installed: ${missing.join(' ')} (${purpose})`);
}

// --- node_modules ------------------------------------------------------------------------------------------------

const mtimeMs = (file) => fs.statSync(path.join(ROOT, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

function npmCi() {
  // Where Node's headers lie beside node itself, node-gyp need not download them.
  const prefix = path.dirname(path.dirname(process.execPath));
  const headers = fs.existsSync(path.join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
  return run('npm', ['ci', '--no-audit', '--no-fund'], process.env.npm_config_nodedir ? {} : headers);
}

function ensureModules() {
  if (mtimeMs('node_modules/.package-lock.json') >= mtimeMs('package-lock.json')) return;
  say('npm ci, which may take minutes');
  let result = npmCi();
  const missing = missingOf(COMPILER_PACKAGES);
  if (!result.ok && missing.length > 0 && canInstall()) {
    installPackages(missing, 'to compile better-sqlite3');
    result = npmCi();
  }
  if (!result.ok) {
    const hint = missing.length > 0 ? ` It may need ${missing.join(', ')} to compile better-sqlite3.` : '';
    fail(`npm ci failed (see above).${hint}`, result.output);
  }
  // npm leaves an old date on the file when nothing changed; the next run must see that it has been done.
  const now = new Date();
  fs.utimesSync(path.join(ROOT, 'node_modules/.package-lock.json'), now, now);
}

// --- dist --------------------------------------------------------------------------------------------------------

const STAMP = 'dist/.built';
/** As `npm run build` calls them. */
const COMPILERS = [
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
  ['node_modules/assemblyscript/bin/asc.js', '--config', 'asconfig.json'],
  ['scripts/bundle.mjs'],
];

function newestUnder(folder) {
  let newest = mtimeMs(folder);
  for (const entry of fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestUnder(name) : mtimeMs(name));
  }
  return newest;
}

/** A module whose source is gone must not live on, where an import would still find it. */
function prune(output, ending) {
  for (const name of fs.readdirSync(path.join(ROOT, output), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith(ending)) continue;
    const source = path.join('src', `${name.slice(0, -ending.length)}.ts`);
    if (mtimeMs(source) === 0) fs.rmSync(path.join(ROOT, output, name));
  }
}

function ensureBuild() {
  const settings = ['tsconfig.json', 'tsconfig.build.json', 'asconfig.json', 'scripts/bundle.mjs'];
  const sources = Math.max(newestUnder('src'), ...settings.map(mtimeMs));
  if (mtimeMs(STAMP) >= Math.max(sources, mtimeMs('package-lock.json'))) return;
  say('building dist');
  // The stamp carries the time before the build: what is saved meanwhile counts as newer.
  const startedAt = new Date();
  for (const compiler of COMPILERS) {
    const { ok, output } = run(process.execPath, compiler);
    if (!ok) fail('the build failed (see above)', output);
    if (compiler.includes('tsconfig.build.json')) {
      prune('build', '.js');
      prune('dist', '.d.ts');
    }
  }
  fs.writeFileSync(path.join(ROOT, STAMP), '');
  fs.utimesSync(path.join(ROOT, STAMP), startedAt, startedAt);
}

checkNode();
ensurePackages();
ensureModules();
ensureBuild();
