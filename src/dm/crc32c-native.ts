/** The only importer of @node-rs/crc32. */
import { createRequire } from 'node:module';
import type * as NodeRsCrc32 from '@node-rs/crc32';

// Not by `import`: Node would first look through its CommonJS for the names of exports, in JavaScript that it compiles on the way. That took about
// a fifth of a command's start, and of each thread's, together with the same for better-sqlite3.
const library = createRequire(import.meta.url)('@node-rs/crc32') as typeof NodeRsCrc32;

/** CRC-32C (Castagnoli; RFC 3720, appendix B.4) of the bytes, going on from that of the bytes before, if given. */
export const { crc32c } = library;
