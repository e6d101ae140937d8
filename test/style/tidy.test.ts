/** House style that no linter rule covers. Each check is shown to bite on a sample before it is let loose on the house. */
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const LINES_MAX = 600;
const MEDIAN_BYTES_MAX = 3072;

interface SourceFile {
  /** Relative to the project's folder. */
  readonly name: string;
  readonly text: string;
}

type Check = (file: SourceFile) => readonly string[];

const isCode = (file: SourceFile): boolean => /\.(ts|js|mjs|cjs|c|h)$/.test(file.name);
const isProduct = (file: SourceFile): boolean => file.name.startsWith('src/');

const linesMatching = (file: SourceFile, pattern: RegExp): string[] =>
  file.text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`line ${index + 1}: ${line.trim()}`] : []));

function tooLong(file: SourceFile): readonly string[] {
  const lines = file.text.split('\n').length - 1;
  return isCode(file) && lines > LINES_MAX ? [`${lines} lines; split it by concept`] : [];
}

/** A file is named after its one concept: kebab-case, and never a drawer for everything. */
function badName(file: SourceFile): readonly string[] {
  if (!isCode(file)) return [];
  const base = path.basename(file.name).replace(/(\.config|\.test|\.bench)?\.\w+$/, '');
  if (/^(utils?|helpers?|misc|common)$/.test(base)) return ['says nothing of what is inside'];
  return /^\.?[a-z0-9]+(-[a-z0-9]+)*$/.test(base) ? [] : ['not kebab-case'];
}

// Spelt in two parts, so that this file does not find itself.
const UNFINISHED = new RegExp(
  `\\b(${['TO', 'FIX', 'X'].map((start, index) => start + ['DO', 'ME', 'XX'][index]).join('|')})\\b`,
);
const unfinished: Check = (file) => linesMatching(file, UNFINISHED);

const LEFT_OUT =
  /\b(test|it|describe|suite)(\.\w+)*\.(only|skip|skipIf|runIf|todo)\b|\b(xit|xdescribe|fit|fdescribe)\(/;
const leftOut: Check = (file) =>
  /^test\/(?!support\/require-root)/.test(file.name) && isCode(file) ? linesMatching(file, LEFT_OUT) : [];

// A path that exists on one machine only: of the checkout it was written in, or of somebody's home.
const MACHINE_PATH = new RegExp(`(^|[\\s"'\`(=:])/(${['work', 'root', 'Users'].join('|')})/[\\w.]`);
const machinePath: Check = (file) => linesMatching(file, MACHINE_PATH);

/** Exported functions and classes say what they do, in which units, and what they throw. */
function undocumented(file: SourceFile): readonly string[] {
  if (!isProduct(file) || !file.name.endsWith('.ts')) return [];
  const source = ts.createSourceFile(file.name, file.text, ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((node) => {
    if (!ts.isFunctionDeclaration(node) && !ts.isClassDeclaration(node)) return [];
    const exported = node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) ?? false;
    return exported && ts.getJSDocCommentsAndTags(node).length === 0
      ? [`${node.name?.text ?? 'default'} has no docstring`]
      : [];
  });
}

const CHECKS: Readonly<Record<string, { readonly check: Check; readonly offender: SourceFile }>> = {
  'no file is too long': { check: tooLong, offender: { name: 'src/a.ts', text: '\n'.repeat(LINES_MAX + 1) } },
  'files are named after what is inside': { check: badName, offender: { name: 'src/dm/utils.ts', text: '' } },
  'nothing is left unfinished': { check: unfinished, offender: { name: 'src/a.ts', text: '// TO' + 'DO: later' } },
  'no test is left out': { check: leftOut, offender: { name: 'test/a.test.ts', text: 'test.' + "skip('x')" } },
  'no path of one machine': { check: machinePath, offender: { name: 'docs/a.md', text: 'see /ro' + 'ot/x' } },
  'what is exported is documented': {
    check: undocumented,
    offender: { name: 'src/a.ts', text: '/** About the file. */\nimport "x";\nexport function f() {}' },
  },
};

const SKIPPED_FOLDERS = new Set(['node_modules', 'build', 'dist', 'coverage', '.git', 'results']);
const TEXT = /\.(ts|js|mjs|cjs|c|h|json|md|yml|yaml|sh|service|timer|css|html)$|(^|\/)(run|LICENSE)$/;

function readFolder(folder: string): SourceFile[] {
  return fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : readFolder(name);
    return entry.isFile() && TEXT.test(name) ? [{ name, text: fs.readFileSync(path.join(ROOT, name), 'utf8') }] : [];
  });
}

const house = readFolder('').filter((file) => file.name !== 'package-lock.json');

describe.each(Object.entries(CHECKS))('%s', (_, { check, offender }) => {
  test('bites', () => expect(check(offender)).not.toEqual([]));
  test('holds', () =>
    expect(house.flatMap((file) => check(file).map((problem) => `${file.name}: ${problem}`))).toEqual([]));
});

test('the median file of the product is small', () => {
  const sizesBytes = house.filter(isProduct).map((file) => Buffer.byteLength(file.text));
  const medianBytes = sizesBytes.sort((a, b) => a - b)[Math.floor(sizesBytes.length / 2)];
  expect(medianBytes).toBeLessThan(MEDIAN_BYTES_MAX);
});

test.each(['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE'])('%s is there', (name) => {
  expect(fs.existsSync(path.join(ROOT, name))).toBe(true);
});
