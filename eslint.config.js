import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Limits on size, from TigerBeetle's style: what does not fit on a screen or two is not understood as one thing. */
const SIZE_LIMITS = {
  'max-lines': ['error', { max: 600 }],
  'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
};

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'docs/api/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...SIZE_LIMITS,
      eqeqeq: 'error',
      'prefer-const': 'error',
      // `any` switches the type checker off where it is needed most: at the edge to the kernel and to SQLite.
      '@typescript-eslint/no-explicit-any': 'error',
      // A forgotten await is an unjournaled step.
      '@typescript-eslint/no-floating-promises': 'error',
      // States and findings are closed unions; a new member must not fall silently through an old switch.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Types vanish at run time: an import that only types use must not load a native module in a worker.
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An async function without await fulfils an interface and turns what it throws into a rejection.
      '@typescript-eslint/require-await': 'off',
      // Sizes, times and inode numbers are bigints on purpose; they print exactly.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      // In the product a value that may be missing is dealt with, never asserted away.
      '@typescript-eslint/no-non-null-assertion': 'error',
      // Output belongs to src/report and src/cli, which know about NDJSON and a closed pipe.
      'no-console': 'error',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // A describe block is as long as its list of cases; the limit is about functions that compute.
      'max-lines-per-function': 'off',
      // vitest's matchers (expect.stringMatching) are typed as any, in the middle of expected objects.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    rules: { ...SIZE_LIMITS, eqeqeq: 'error', 'prefer-const': 'error', 'no-unused-vars': 'error' },
  },
);
