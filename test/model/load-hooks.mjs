// Module hooks (node:module, register) that run the sources in TypeScript with the simulated kernel below them: what the
// product imports from its lowest room, and of Node, comes from test/model/ports instead.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CANARIES, withCanary } from './canaries.mjs';

const HERE = import.meta.dirname;
const ROOT = path.resolve(HERE, '../..');
const CACHE = path.join(ROOT, 'node_modules/.cache/hsmck-model');
const PORTS = path.join(HERE, 'ports');
const PRODUCT = pathToFileURL(path.join(ROOT, 'src')).href;

/** Modules of the product that have a port of the same name, apart from those of src/native. */
const REPLACED = new Set(['catalog/open-catalog.ts', 'scan/pool/run-partitions.ts', 'scan/pool/partition-worker.ts']);
const PACKAGES = {
  'node:fs': 'node-fs.ts',
  'node:crypto': 'node-crypto.ts',
  'node:timers/promises': 'node-timers.ts',
  uuid: 'uuid.ts',
};

const CANARY_NAME = process.env['HSMCK_MODEL_CANARY'] ?? '';
const CANARY = CANARIES[CANARY_NAME];
if (CANARY_NAME !== '' && CANARY === undefined) throw new Error(`there is no canary "${CANARY_NAME}"`);

/** FILE=OTHER: a module of the product whose text comes from elsewhere (test/mutants). */
const [REPLACED_FILE = '', REPLACEMENT = ''] = (process.env['HSMCK_MODEL_REPLACED'] ?? '').split('=');

const portUrl = (name) => pathToFileURL(path.join(PORTS, name)).href;

function portOf(file) {
  const name = path.relative(path.join(ROOT, 'src'), file);
  if (name.startsWith('..')) return undefined;
  const isNative = name.startsWith('native/') && fs.existsSync(path.join(PORTS, path.basename(name)));
  return isNative || REPLACED.has(name) ? portUrl(path.basename(name)) : undefined;
}

/** Alone among the product's modules, these are about text and numbers, not about files. */
const KEEPS_NODE = ['/native/', '/catalog/file-header.ts'].map((part) => `${PRODUCT}${part}`);

export async function resolve(specifier, context, next) {
  const parent = context.parentURL ?? '';
  const isProduct = parent.startsWith(PRODUCT) && !KEEPS_NODE.some((start) => parent.startsWith(start));
  if (isProduct && Object.hasOwn(PACKAGES, specifier)) return { url: portUrl(PACKAGES[specifier]), shortCircuit: true };
  if (/^(\.|file:)/.test(specifier) && specifier.endsWith('.js')) {
    const file = fileURLToPath(new URL(specifier.replace(/\.js$/, '.ts'), parent));
    if (fs.existsSync(file)) return { url: portOf(file) ?? pathToFileURL(file).href, shortCircuit: true };
  }
  return next(specifier, context);
}

/** Loading the compiler takes longer than running some hundred seeds, so what it made is kept. */
async function toJavaScript(file, text) {
  const key = createHash('sha256').update(`${process.version} ${file}\n${text}`).digest('hex').slice(0, 32);
  const kept = path.join(CACHE, `${key}.js`);
  try {
    return fs.readFileSync(kept, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const { default: ts } = await import('typescript');
  const { outputText } = ts.transpileModule(text, {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
  });
  // Several processes may do so at once: each under a name of its own, then renamed.
  fs.mkdirSync(CACHE, { recursive: true });
  fs.writeFileSync(`${kept}.${process.pid}`, outputText);
  fs.renameSync(`${kept}.${process.pid}`, kept);
  return outputText;
}

export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const file = fileURLToPath(url);
  const isReplaced = REPLACED_FILE !== '' && path.join(ROOT, REPLACED_FILE) === file;
  const source = await fs.promises.readFile(isReplaced ? REPLACEMENT : file, 'utf8');
  const isChanged = CANARY !== undefined && path.join(ROOT, 'src', CANARY.file) === file;
  const text = isChanged ? withCanary(CANARY_NAME, CANARY, source) : source;
  return { format: 'module', source: await toJavaScript(file, text), shortCircuit: true };
}
