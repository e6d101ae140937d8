import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fillContent } from '../../../src/archive/fill-content.js';
import { filled, scratchFolder, sparseFile, type Part } from './scratch.js';

const MIB = 1024 * 1024;
const at = (offset: number, lengthBytes: number, byte = 7): Part => ({ offset, bytes: filled(lengthBytes, byte) });

function files(localParts: readonly Part[], objectParts: readonly Part[]) {
  const folder = scratchFolder();
  const local = sparseFile(path.join(folder, 'local'), 20 * MIB + 9, localParts);
  return { local, object: sparseFile(path.join(folder, 'object'), 20 * MIB + 9, objectParts) };
}

describe('fillContent', () => {
  const object = [at(0, 5000), at(2 * MIB - 1, 3), at(20 * MIB, 9)];

  it('fills holes, zeros and half-filled blocks, and keeps the other holes', async () => {
    const { local, object: source } = files([at(0, 1000), at(2 * MIB, 4096, 0)], object);
    expect(await fillContent(local, source)).toEqual({ result: 'filled', filledBytes: 4012 });
    expect(fs.readFileSync(local.target).equals(fs.readFileSync(source.target))).toBe(true);
    fs.fsyncSync(local.fd);
    expect(fs.statSync(local.target).blocks * 512).toBeLessThan(MIB);
    expect(await fillContent(local, source)).toEqual({ result: 'filled', filledBytes: 0 });
  });

  it("stops at a byte that is the user's own, and writes nothing of its chunk", async () => {
    const { local, object: source } = files([at(4999, 1, 8)], object);
    const before = fs.readFileSync(local.target);
    expect(await fillContent(local, source)).toEqual({ result: 'differing', filledBytes: 0, firstDifference: 4999 });
    expect(fs.readFileSync(local.target).equals(before)).toBe(true);
  });

  // Zeros in written extents count as somebody's work.
  it('writes no zeros where the file has a hole and the object has written zeros', async () => {
    const { local, object: source } = files([], [at(0, 4096), at(4096, MIB, 0), at(MIB + 4096, 4096)]);
    expect(await fillContent(local, source)).toEqual({ result: 'filled', filledBytes: 8192 });
    fs.fsyncSync(local.fd);
    expect(fs.statSync(local.target).blocks * 512).toBe(8192);
    expect(fs.readFileSync(local.target).equals(fs.readFileSync(source.target))).toBe(true);
  });

  it('writes whole blocks of the filesystem, also where they are larger than a page', async () => {
    const { local, object: source } = files([], [at(3 * MIB, 100), at(3 * MIB + 8192, 100)]);
    expect(await fillContent(local, source, { blockSizeBytes: 65_536 })).toEqual({
      result: 'filled',
      filledBytes: 200,
    });
    fs.fsyncSync(local.fd);
    expect(fs.statSync(local.target).blocks * 512).toBe(65_536);
  });

  it('refuses another size', async () => {
    const { local, object: source } = files([], object);
    await expect(fillContent({ ...local, sizeBytes: 5 }, source)).rejects.toMatchObject({ code: 'EINVARIANT' });
  });
});
