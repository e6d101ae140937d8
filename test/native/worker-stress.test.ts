/**
 * ffi-rs crashes the process if two threads load a symbol for the first time at the same moment; src/native/libc.ts
 * promises that this cannot happen. One lucky run proves nothing: each start is a process of its own, so that a crash
 * is a status, and there are many. HSMCK_STRESS sets how many (`npm run stress`: 1,000).
 */
import path from 'node:path';
import { expect, test } from 'vitest';
import { builtFile, runChild } from '../support/run-node.js';

const WORKERS = 8;
/** 16 tasks of 82 calls. */
const CALLS = 16 * 82;
const starts = Number(process.env['HSMCK_STRESS'] ?? 50);
const SECONDS_A_START = 10;

test(
  `${starts} starts of ${WORKERS} workers that call libc at once`,
  async () => {
    const dist = path.resolve(builtFile('native/libc.js'), '../..');
    const program = path.join(import.meta.dirname, 'fixtures/stress-main.mjs');
    for (let start = 0; start < starts; start++) {
      const { shellStatus, stdout, stderr } = await runChild(process.execPath, [program, dist, String(WORKERS)]);
      expect({ start, shellStatus, stderr, calls: Number(stdout) }).toEqual({
        start,
        shellStatus: 0,
        stderr: '',
        calls: CALLS,
      });
    }
  },
  starts * SECONDS_A_START * 1000,
);
