import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyContent, tearCopy } from '../../../src/archive/copy-content.js';
import { hashContent } from '../../../src/archive/hash-content.js';
import { filled, scratchFolder, sparseFile } from './scratch.js';

const MIB = 1024 * 1024;
const GRAIN = { grainBytes: 4096 };
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('hashContent', () => {
  it('hashes data and holes as one content, and maps where it is not zero', async () => {
    const folder = scratchFolder();
    const source = sparseFile(path.join(folder, 'a'), 5 * MIB + 123, [
      { offset: 2 * MIB, bytes: filled(4096) },
      { offset: 3 * MIB, bytes: Buffer.alloc(8192) },
      { offset: 5 * MIB + 100, bytes: filled(23) },
    ]);
    const digest = await hashContent(source, GRAIN);
    expect(digest.sha256.toString('hex')).toBe(sha256(fs.readFileSync(source.target)));
    expect(digest.map.ranges).toEqual([
      { offset: 2 * MIB, length: 4096 },
      { offset: 5 * MIB, length: 123 },
    ]);
    expect(digest.map.nonzeroBytes).toBe(4096 + 123);
  });

  it('takes the empty file', async () => {
    const digest = await hashContent(sparseFile(path.join(scratchFolder(), 'a'), 0, []), GRAIN);
    expect(digest).toMatchObject({ sizeBytes: 0, map: { ranges: [], nonzeroBytes: 0 } });
    expect(digest.sha256.toString('hex')).toBe(sha256(Buffer.alloc(0)));
  });

  it.each(['data', 'hole'])('says that a file is shorter than expected, though it ends in a %s', async (end) => {
    const parts = end === 'data' ? [{ offset: 0, bytes: filled(5000) }] : [];
    const source = sparseFile(path.join(scratchFolder(), 'a'), 5000, parts);
    const longer = { ...source, sizeBytes: 9000 };
    await expect(hashContent(longer, GRAIN)).rejects.toMatchObject({ code: 'ECONTENT_SHORT' });
  });

  it('notices a file that is cut while it is read', async () => {
    const source = sparseFile(path.join(scratchFolder(), 'a'), 4 * MIB, [{ offset: 0, bytes: filled(4 * MIB) }]);
    const onChunk = (doneBytes: number): void => {
      if (doneBytes === MIB) fs.ftruncateSync(source.fd, MIB);
    };
    await expect(hashContent(source, { ...GRAIN, onChunk })).rejects.toMatchObject({ code: 'ECONTENT_SHORT' });
  });

  it('lets timers run and stops when the hook throws, within holes too', async () => {
    const source = sparseFile(path.join(scratchFolder(), 'a'), 4096 * MIB, []);
    let stop = false;
    setTimeout(() => (stop = true), 1);
    const onChunk = (): void => {
      if (stop) throw new Error('lease lost');
    };
    await expect(hashContent(source, { ...GRAIN, onChunk })).rejects.toThrow('lease lost');
  });
});

describe('copyContent', () => {
  it('copies bytes, keeps holes, and turns zeros into holes', async () => {
    const folder = scratchFolder();
    const source = sparseFile(path.join(folder, 'a'), 64 * MIB + 5, [
      { offset: 0, bytes: Buffer.alloc(8 * MIB) },
      { offset: 9 * MIB - 3, bytes: filled(6) },
      { offset: 40 * MIB, bytes: filled(3 * MIB + 1) },
    ]);
    const copy = sparseFile(path.join(folder, 'b'), 0, []);
    const digest = await copyContent(source, copy, GRAIN);
    expect(digest).toEqual(await hashContent(source, GRAIN));
    expect(fs.readFileSync(copy.target).equals(fs.readFileSync(source.target))).toBe(true);
    fs.fsyncSync(copy.fd);
    expect(fs.statSync(copy.target).blocks * 512).toBeLessThan(4 * MIB);
  });

  it('makes an all-zero file of the right size without writing', async () => {
    const folder = scratchFolder();
    const copy = sparseFile(path.join(folder, 'b'), 0, []);
    await copyContent(sparseFile(path.join(folder, 'a'), 9 * MIB + 1, []), copy, GRAIN);
    expect(fs.statSync(copy.target)).toMatchObject({ size: 9 * MIB + 1, blocks: 0 });
  });

  it('tears in the middle when asked to', () => {
    const folder = scratchFolder();
    const source = sparseFile(path.join(folder, 'a'), 3 * MIB, [{ offset: 0, bytes: filled(3 * MIB) }]);
    const copy = sparseFile(path.join(folder, 'b'), 0, []);
    tearCopy(source, copy);
    expect(fs.readFileSync(copy.target).equals(filled(1.5 * MIB))).toBe(true);
  });
});
