/** What a user writes into a file in place, and what has to be true of it ever after. */
import assert from 'node:assert/strict';
import fs from 'node:fs';

export interface UserWrite {
  readonly offset: number;
  readonly length: number;
  /** Zeros are bytes too: a database that clears a page has written. Else other bytes than there were. */
  readonly zeros?: boolean;
}

const written = (original: Buffer, { offset, length, zeros }: UserWrite): Buffer =>
  Buffer.from(original.subarray(offset, offset + length).map((byte) => (zeros ? 0 : byte ^ 0xff)));

/** Writes and makes durable the data, and nothing but the data. */
export function overwrite(file: Buffer, original: Buffer, write: UserWrite): void {
  const fd = fs.openSync(file, 'r+');
  fs.writeSync(fd, written(original, write), 0, write.length, write.offset);
  fs.fdatasyncSync(fd);
  fs.closeSync(fd);
}

/** The whole file, but for what the user wrote. */
const rest = (content: Buffer, { offset, length }: UserWrite): Buffer =>
  Buffer.concat([content.subarray(0, offset), content.subarray(offset + length)]);

/**
 * Either the data is there, or it is zeros and a good copy is in the archive; and what the user wrote is there anyway.
 * @param copies the archive's data files
 */
export function assertWriteKept(
  file: Buffer,
  original: Buffer,
  write: UserWrite,
  copies: () => readonly string[],
): void {
  const name = file.toString();
  const now = fs.readFileSync(file);
  assert.equal(now.length, original.length, `size of ${name}`);
  const place = now.subarray(write.offset, write.offset + write.length);
  assert.ok(place.equals(written(original, write)), `${name} has what the user wrote`);
  const [others, before] = [rest(now, write), rest(original, write)];
  if (others.equals(before)) return;
  assert.ok(
    copies().some((copy) => fs.readFileSync(copy).equals(original)),
    `${name} has a copy`,
  );
  // Only what was there may be there: no mixture of versions.
  assert.ok(
    others.every((byte, at) => byte === 0 || byte === before[at]),
    `${name} has zeros or its own bytes`,
  );
}
