/**
 * A native module that was built for another Node, or never. hsmck ended with Node's status for that, 1, which says
 * "corrected" to whoever looks at the bits, and a stack.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCatalogFile, newCatalogIdentity } from '../../src/catalog/create-catalog.js';
import { runCli } from '../support/run-node.js';
import { expectSentence } from './refusal.js';

/** Every native module comes in through process.dlopen. */
const BREAKS = `
const { dlopen } = process;
process.dlopen = (module, file, ...rest) => {
  if (!file.includes(process.env.HSMCK_TEST_UNFIT)) return dlopen.call(process, module, file, ...rest);
  throw Object.assign(new Error(file + ': built for another Node'), { code: 'ERR_DLOPEN_FAILED' });
};
`;

let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-unfit-'));
  fs.writeFileSync(path.join(folder, 'break.cjs'), BREAKS);
  createCatalogFile(path.join(folder, 'catalog.db'), newCatalogIdentity());
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

test.each([
  ['ffi-rs', ['faults']],
  ['better_sqlite3', ['status']],
])('%s cannot be loaded: %s is an operational error, in a sentence', async (unfit, args) => {
  const env = { HSMCK_TEST_UNFIT: unfit, NODE_OPTIONS: `--require ${path.join(folder, 'break.cjs')}` };
  const globals = ['--catalog', path.join(folder, 'catalog.db')];
  const text = await runCli([...globals, ...args], { env });
  expect(text.shellStatus).toBe(8);
  expectSentence(text, /a module cannot be loaded .*built for another Node\): run "npm ci"/);
  const told = await runCli([...globals, '--format', 'ndjson', ...args], { env });
  expect(told.records().at(-1)).toMatchObject({ type: 'summary', complete: false, exit_code: 8 });
});
