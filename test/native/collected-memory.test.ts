/**
 * A request that the kernel follows holds addresses, and an address keeps nothing alive. Requests for handles once pointed
 * to buffers that nothing else referred to: with optimised code, a collection within the foreign call freed them, and the
 * kernel read and wrote the heap (seldom: a file that "is gone", or a process that dies by malloc hours later).
 */
import path from 'node:path';
import { expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { runChild } from '../support/run-node.js';
import { at, identityOf, makeFile } from './files.js';

const PROGRAM = path.join(import.meta.dirname, 'fixtures/collected-memory.mjs');

describeAsRoot('what a request points to', () => {
  const scratch = useFilesystem();

  test('is alive while the kernel looks at it, whenever garbage is collected', async () => {
    const { gen } = identityOf(makeFile(scratch(), 'file', 'x'));
    const { status, signal, stdout, stderr } = await runChild(process.execPath, [
      '--expose-gc',
      '--single-threaded-gc',
      PROGRAM,
      scratch().mountPoint,
      String(at(scratch(), 'file')),
      String(gen),
    ]);
    expect({ status, signal, stdout, stderr }).toEqual({
      status: 0,
      signal: null,
      stdout: '{"opened":400}',
      stderr: '',
    });
  });
});
