import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CONFIG = path.join(ROOT, '.dependency-cruiser.cjs');

interface Rule {
  readonly name: string;
  readonly comment?: string;
}
interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

const { forbidden } = createRequire(import.meta.url)(CONFIG) as { readonly forbidden: readonly Rule[] };

/** Rule -> files that break it; the first one is the culprit. Each culprit breaks its rule in a way of its own. */
const OFFENDERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'no-circular': {
    'src/dm/egg.ts': "import './hen.js';",
    'src/dm/hen.ts': "import './egg.js';",
  },
  'no-orphans': { 'src/report/alone.ts': 'export const alone = 1;' },
  'not-to-unresolvable': { 'src/cli/lost.ts': "import './nowhere.js';" },
  'errors-import-nothing': { 'src/errors.ts': "import './native/base.js';" },
  'only-native-uses-ffi': { 'src/scan/foreign.ts': "import 'ffi-rs';" },
  'only-catalog-uses-sqlite': { 'src/archive/base.ts': "import 'better-sqlite3';" },
  'only-scan-uses-piscina': { 'src/migrate/pool.ts': "import 'piscina';" },
  'only-cli-uses-terminal-packages': { 'src/recover/bar.ts': "import type {} from 'commander';" },
  'layer-native': { 'src/native/upward.ts': "import '../scan/base.js';" },
  'layer-dm': { 'src/dm/upward.ts': "import type {} from '../native/base.js';" },
  'layer-catalog': { 'src/catalog/sideways.ts': "import '../archive/base.js';" },
  'layer-archive': { 'src/archive/sideways.ts': "import '../catalog/base.js';" },
  'layer-scan': { 'src/scan/upward.ts': "import '../reconcile/base.js';" },
  'layer-reconcile': { 'src/reconcile/upward.ts': "import '../migrate/base.js';" },
  'layer-migrate': { 'src/migrate/upward.ts': "import '../recover/base.js';" },
  'layer-recover': { 'src/recover/upward.ts': "import '../report/base.js';" },
  'layer-report': { 'src/report/upward.ts': "import '../cli/base.js';" },
  'layer-cli': { 'src/cli/upward.ts': "import '../index.js';" },
  'nobody-imports-the-face': { 'src/cli/inward.ts': "import '../index.js';" },
};

const ROOMS = ['native', 'dm', 'catalog', 'archive', 'scan', 'reconcile', 'migrate', 'recover', 'report', 'cli'];

let folder: string;

function writeFiles(into: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(into, name)), { recursive: true });
    fs.writeFileSync(path.join(into, name), `${text}\nexport {};\n`);
  }
}

/** A small house in which every import is allowed: each room stands on the ones below, and the face on the top. */
function buildHouse(name: string): string {
  const house = path.join(folder, name);
  const base = { 'src/errors.ts': '', 'src/native/inode-id.ts': '', 'src/index.ts': "import './cli/base.js';" };
  writeFiles(house, base);
  for (const [index, room] of ROOMS.entries()) {
    const lower = ROOMS.slice(0, index).filter((other) => !(room === 'archive' && other === 'catalog'));
    const imports =
      room === 'dm'
        ? ["import type {} from '../native/inode-id.js';"]
        : lower.map((other) => `import '../${other}/base.js';`);
    writeFiles(house, { [`src/${room}/base.ts`]: ["import '../errors.js';", ...imports].join('\n') });
  }
  writeFiles(house, { 'src/native/ffi.ts': "import 'ffi-rs';\nimport './base.js';" });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(house, 'node_modules'));
  for (const file of ['tsconfig.json', 'package.json']) fs.copyFileSync(path.join(ROOT, file), path.join(house, file));
  return house;
}

function violationsOf(house: string): readonly Violation[] {
  const cruiser = path.join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [cruiser, '--config', CONFIG, '--output-type', 'json', 'src'];
  const stdout = execFileSync(process.execPath, args, {
    cwd: house,
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const report = JSON.parse(stdout.toString()) as {
    readonly summary: { readonly violations: readonly Violation[] };
  };
  return report.summary.violations;
}

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-layers-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

test('every rule gives its reason and has an offender here', () => {
  expect(forbidden.map((rule) => rule.name).sort()).toEqual(Object.keys(OFFENDERS).sort());
  for (const rule of forbidden) expect(rule.comment, rule.name).toMatch(/\w{3}/);
});

test('a house in order passes', () => {
  expect(violationsOf(buildHouse('in-order'))).toEqual([]);
});

describe('in a house with an offender for each rule', () => {
  let violations: readonly Violation[];
  beforeAll(() => {
    const house = buildHouse('out-of-order');
    for (const files of Object.values(OFFENDERS)) writeFiles(house, files);
    violations = violationsOf(house);
  });

  test.each(Object.entries(OFFENDERS))('%s bites', (rule, files) => {
    const culprits = violations.filter((violation) => violation.rule.name === rule).map((violation) => violation.from);
    expect(culprits).toContain(Object.keys(files)[0]);
  });
});
