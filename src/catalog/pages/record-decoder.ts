/** The compiled code of assembly/records.ts, with memory of its own. */
import fs from 'node:fs';
import { packageFile } from '../../package-files.js';
import { NoDecoder } from './page-reader.js';

/** What stopped a run of records. */
export const STOP = { end: 0, behindRange: 1, irregular: 2 } as const;

/** Code over memory: `range` and `page` are addresses in it, `childBytes` those of a cell before its record. */
interface Decoder {
  /** Of a cell out of `cells`: 0 if its record comes before the range, 1 if not, 2 if it is irregular. */
  readonly compareWithStart: (range: number, page: number, childBytes: number, cell: number, cells: number) => number;
  /** Takes records of cells `cell` to `upTo` apart, into rows `row` and on; STOP << 16, and how many they were. */
  readonly take: (
    range: number,
    page: number,
    childBytes: number,
    cell: number,
    upTo: number,
    cells: number,
    row: number,
  ) => number;
}

interface Memory {
  readonly buffer: ArrayBuffer;
}

/** What is used of the global of this name. */
declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number; maximum: number }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

const WASM_PAGE_BYTES = 65_536;
const CODE = 'dist/catalog/pages/records.wasm';

let compiled: object | undefined;

function createMemory(sizeBytes: number): Memory {
  const pages = Math.ceil(sizeBytes / WASM_PAGE_BYTES);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // 10 GiB of addresses are set aside for each: where a process may not have as many, SQLite does it all.
    throw new NoDecoder(error.message);
  }
}

/** Memory of so many bytes at least, and code that works on it. @throws NoDecoder if it cannot be had */
export function createDecoder(sizeBytes: number): { buffer: ArrayBuffer; code: Decoder } {
  compiled ??= new WebAssembly.Module(fs.readFileSync(packageFile(CODE)));
  const memory = createMemory(sizeBytes);
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return { buffer: memory.buffer, code: exports as Decoder };
}
