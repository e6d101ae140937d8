/** C programs of the tests: what Node cannot do to a file (asynchronous I/O, mappings), a few lines of C can. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { memoryFolder } from './memory-folder.js';

/** Compiles a program into a folder and returns its path. */
export function compileC(source: string, folder: string): string {
  const program = path.join(folder, path.basename(source, '.c'));
  execFileSync('gcc', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', program, source], { stdio: 'pipe' });
  return program;
}

/** A folder in memory, where a status file or a log costs no sync and outlives the filesystem that is under test. */
export function folderInMemory(): string {
  return fs.mkdtempSync(path.join(memoryFolder ?? os.tmpdir(), 'hsmck-live-'));
}
