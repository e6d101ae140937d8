/** The only importer of @node-rs/crc32. */
import { createRequire } from 'node:module';
import type * as NodeRsCrc32 from '@node-rs/crc32';

// Not by `import`: Node would first look through its CommonJS for the names of exports, 60 ms of processor time in each thread.
const library = createRequire(import.meta.url)('@node-rs/crc32') as typeof NodeRsCrc32;

/** CRC-32C (Castagnoli; RFC 3720, appendix B.4) of the bytes, going on from that of the bytes before, if given. */
export const { crc32c } = library;
