import fs from 'node:fs';

const MEMORY = '/dev/shm';
/** The images are sparse, and a dozen of them at most are there at a time. */
const ROOM_BYTES = 4 * 1024 ** 3;

function hasRoom(folder: string): boolean {
  const { bavail, bsize } = fs.statfsSync(folder);
  return bavail * bsize >= ROOM_BYTES;
}

/**
 * Where images and catalogs are made: tests sync a hundred times a second, and what a sync leaves behind does not depend on the medium.
 * Undefined, for the system's temporary folder, where memory has no room for them.
 */
export const memoryFolder: string | undefined = fs.existsSync(MEMORY) && hasRoom(MEMORY) ? MEMORY : undefined;
