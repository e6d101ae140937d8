import fs from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CancelledError } from '../../migrate/busy-error.js';
import { closeFd, openPath, syncFilesystem } from '../../native/io.js';
import { BIG_KINDS, CONTENT_KINDS, type ContentKind } from './content-kinds.js';
import { CRASH_PLAN, roundFolder } from './crash-plan.js';
import { dressFile } from './metadata-kinds.js';
import { fileName } from './name-kinds.js';

export const LIBRARY = 'library';
/** A file in the folder of each round that a user can rewrite in place: plain data in one piece. */
export const REWRITTEN_NAME = 'rewritten-by-a-user.dat';

const LIBRARY_FOLDERS = 12;
const FILES_A_FOLDER = 96;
const FILES_A_ROUND = 40;
const DEPTH = 32;
/** Every so many files one gets a second name. */
const LINK_EVERY = 13;
/** The event loop gets a turn after so many files, so that Ctrl-C is heard. */
const FILES_A_TURN = 50;

interface NewFile {
  readonly path: Buffer;
  readonly index: number;
  readonly content: ContentKind;
}

function makeFile({ path, index, content }: NewFile): void {
  const target = path.toString();
  const { O_RDWR, O_CREAT, O_EXCL } = fs.constants;
  const fd = openPath(path, O_RDWR | O_CREAT | O_EXCL, 0o644);
  try {
    content.fill(fd, target);
    dressFile(index, fd, target);
  } finally {
    closeFd(fd);
  }
}

const join = (folder: string, name: Buffer): Buffer => Buffer.concat([Buffer.from(`${folder}/`), name]);

/** Another name in the folder of a file. */
function besides(path: Buffer, name: string): Buffer {
  return Buffer.concat([path.subarray(0, path.lastIndexOf('/') + 1), Buffer.from(name)]);
}

function* planFolder(folder: string, count: number, shift: number): Generator<NewFile> {
  for (let index = 0; index < count; index++) {
    const content = CONTENT_KINDS[(index + shift) % CONTENT_KINDS.length];
    if (content) yield { path: join(folder, fileName(index)), index: index + shift, content };
  }
}

function* planDeepFolders(root: string): Generator<NewFile> {
  let folder = `${root}/deep`;
  for (let depth = 0; depth < DEPTH; depth++) {
    fs.mkdirSync(folder);
    yield* planFolder(folder, 1, depth);
    folder = `${folder}/${depth}`;
  }
}

/** All files to be; makes the folders on the way. */
function* planAll(mountPoint: string): Generator<NewFile> {
  const library = `${mountPoint}/${LIBRARY}`;
  fs.mkdirSync(library);
  for (const [index, content] of BIG_KINDS.entries()) {
    yield { path: join(library, Buffer.from(content.name)), index, content };
  }
  for (let number = 0; number < LIBRARY_FOLDERS; number++) {
    const folder = `${library}/${String(number).padStart(2, '0')}`;
    fs.mkdirSync(folder);
    yield* planFolder(folder, FILES_A_FOLDER, number);
  }
  yield* planDeepFolders(library);
  for (const { operation, rounds } of CRASH_PLAN) {
    for (const [number, round] of rounds.entries()) {
      const folder = `${mountPoint}/${roundFolder(operation, number)}`;
      fs.mkdirSync(folder);
      yield* planFolder(folder, FILES_A_ROUND, number * 3);
      const content = CONTENT_KINDS.find(({ name }) => name === 'several blocks');
      if (round.userWrites && content) {
        yield { path: join(folder, Buffer.from(REWRITTEN_NAME)), index: 0, content };
      }
    }
  }
}

/**
 * Makes the demo's files, durably.
 * @throws CancelledError, NativeError
 */
export async function makeFiles(
  mountPoint: string,
  signal: AbortSignal,
  onFile: (count: number) => void,
): Promise<void> {
  let count = 0;
  for (const file of planAll(mountPoint)) {
    if (count % FILES_A_TURN === 0) {
      onFile(count);
      await nextTurn();
      if (signal.aborted) throw new CancelledError();
    }
    makeFile(file);
    count += 1;
    if (count % LINK_EVERY === 0) fs.linkSync(file.path, besides(file.path, `link-${count}`));
  }
  const root = openPath(Buffer.from(mountPoint), fs.constants.O_RDONLY);
  try {
    syncFilesystem(root, mountPoint);
  } finally {
    closeFd(root);
  }
}
