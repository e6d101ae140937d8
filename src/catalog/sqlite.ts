/** The only importer of better-sqlite3. */
import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';

// Not by `import`: as in dm/crc32c-native.ts.
export const Database = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;
