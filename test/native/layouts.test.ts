/** Holds every struct layout and constant of src/native against the kernel's headers, by way of the C compiler. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as constants from '../../src/native/constants.js';
import * as layouts from '../../src/native/layouts.js';

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-layouts-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Compiles a program that prints the expressions, a line each, and returns their values. */
function evaluateInC(headers: readonly string[], defines: readonly string[], expressions: readonly string[]): bigint[] {
  const source = [
    ...defines.map((name) => `#define ${name}`),
    ...headers.map((header) => `#include <${header}>`),
    '#include <stddef.h>',
    '#include <stdio.h>',
    'int main(void) {',
    ...expressions.map((expression) => `  printf("%lld\\n", (long long)(${expression}));`),
    '  return 0;',
    '}',
  ].join('\n');
  const program = path.join(folder, `values-${Math.random().toString(36).slice(2)}`);
  fs.writeFileSync(`${program}.c`, source);
  execFileSync('gcc', ['-o', program, `${program}.c`]);
  const lines = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => BigInt(line));
}

test('the list of all layouts is complete', () => {
  const exported = Object.values<object>(layouts).filter((value) => 'cName' in value);
  expect(new Set(layouts.ALL_LAYOUTS)).toEqual(new Set(exported));
});

describe.each(layouts.ALL_LAYOUTS.map((layout) => [layout.cName, layout] as const))('%s', (cName, layout) => {
  test('has the size and the offsets of the header', () => {
    const fields = Object.keys(layout.fields);
    const expressions = fields.flatMap((field) => [
      `offsetof(${cName}, ${field})`,
      `sizeof(((${cName} *)0)->${field})`,
    ]);
    const [sizeBytes, ...numbers] = evaluateInC([layout.header], [], [`sizeof(${cName})`, ...expressions]).map(Number);
    const found = Object.fromEntries(
      fields.map((field, index) => [field, [numbers[2 * index], numbers[2 * index + 1]]]),
    );
    expect({ sizeBytes, fields: found }).toEqual({ sizeBytes: layout.sizeBytes, fields: layout.fields });
  });
});

/** Our name -> the C expression, where they differ. */
const C_NAMES: Readonly<Record<string, string>> = {
  BULK_IREQ_AGNO: 'XFS_BULK_IREQ_AGNO',
  BULK_IREQ_NREXT64: 'XFS_BULK_IREQ_NREXT64',
  XFS_XFLAG_HASATTR: 'FS_XFLAG_HASATTR',
};
/** glibc's view: what is in its own headers, and what only programs with all extensions see. */
const GLIBC = ['fcntl.h', 'sys/stat.h', 'sys/file.h', 'unistd.h'];
/** The kernel's view; it clashes with glibc's about struct statx, so it is asked apart. */
const KERNEL = ['xfs/xfs.h', 'linux/fs.h', 'linux/falloc.h', 'linux/stat.h'];
const FROM_KERNEL = /^(XFS_|FS_|FICLONE|FIFREEZE|FITHAW|BULK_|FALLOC_|STATX_)/;

const flattened: readonly (readonly [string, number])[] = Object.entries(constants).flatMap(([name, value]) =>
  typeof value === 'number' ? [[name, value] as const] : Object.entries<number>(value),
);

test.each([
  { view: 'kernel', headers: KERNEL, defines: [], fromKernel: true },
  { view: 'glibc', headers: GLIBC, defines: ['_GNU_SOURCE'], fromKernel: false },
])('constants are those of the $view headers', ({ headers, defines, fromKernel }) => {
  const wanted = flattened.filter(([name]) => FROM_KERNEL.test(name) === fromKernel);
  expect(wanted.length).toBeGreaterThan(5);
  const values = evaluateInC(
    headers,
    defines,
    wanted.map(([name]) => C_NAMES[name] ?? name),
  );
  expect(Object.fromEntries(wanted.map(([name], index) => [name, Number(values[index])]))).toEqual(
    Object.fromEntries(wanted),
  );
});
