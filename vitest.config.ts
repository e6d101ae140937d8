import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const SECONDS = 1000;

/**
 * Slower kinds of test come later, so that a mistake in pure code shows within seconds; of those the slowest files first, so that none is left
 * to run alone in the end.
 */
const KINDS = [
  'test/style/',
  'test/unit/',
  'test/damage/alone',
  'test/damage/',
  'test/crash/archive',
  'test/crash/recover',
  'test/crash/',
  'test/model/',
  'test/demo/',
];

const rank = (file: string): number => {
  const name = path.relative(import.meta.dirname, file);
  const kind = KINDS.findIndex((prefix) => name.startsWith(prefix));
  return kind === -1 ? KINDS.length : kind;
};

class FastTestsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a.moduleId) - rank(b.moduleId));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Not 'threads': ffi-rs keeps an unsynchronised map of symbols for the whole process (src/native/libc.ts).
    pool: 'forks',
    // Each real-filesystem test file has a loop device and an image of its own; two at a time leave room for children.
    maxWorkers: 2,
    testTimeout: 60 * SECONDS,
    hookTimeout: 120 * SECONDS,
    teardownTimeout: 30 * SECONDS,
    sequence: { sequencer: FastTestsFirst },
  },
});
