/** Holds the files against the writers' logs: every block has the last version that was durable, or the one after it. */
import fs from 'node:fs';
import path from 'node:path';
import { BLOCK_BYTES, blockBytes, describeBlock, isOneOf, versionNamed } from './load-block.js';
import { FileHistory, HOLE, parseLog, type Version } from './load-history.js';

/** A file as it was found: its bytes, and its archived copy while its attribute says that the data is away. */
export interface FoundFile {
  readonly content: Buffer;
  readonly copy: Buffer | undefined;
}

const blockAt = (content: Buffer, block: number): Buffer =>
  content.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);

const isZeros = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

/** What is wrong with a file, a line a block. */
export function flawsOf(file: number, seed: number, history: FileHistory, found: FoundFile | undefined): string[] {
  if (found === undefined) return history.mayBeGone ? [] : [`file ${file} is gone`];
  if (history.mustBeGone) return [`file ${file} was unlinked, and is there`];
  const { content, copy } = found;
  const blocks = content.length / BLOCK_BYTES;
  const [least, most] = history.lengths;
  if (blocks < least || blocks > most) return [`file ${file} has ${blocks} blocks; durable: ${least} to ${most}`];
  return Array.from({ length: blocks }, (_, block) => block).flatMap((block) => {
    const versions = history.versionsOf(block);
    const name = { seed, file, block };
    const mine = blockAt(content, block);
    if (isOneOf(mine, name, versions)) return [];
    if (copy !== undefined && isZeros(mine) && isOneOf(blockAt(copy, block), name, versions)) return [];
    const inCopy = copy === undefined ? '' : `, in the archive ${describeBlock(blockAt(copy, block))}`;
    return [`file ${file} block ${block} is ${describeBlock(mine)}${inCopy}; durable: ${versions.join(' or ')}`];
  });
}

/** Adds what the logs in a folder say to the histories of files that are known from before. Returns how many changes were durable. */
export function addLogs(histories: Map<number, FileHistory>, logFolder: string): number {
  let durable = 0;
  for (const name of fs.readdirSync(logFolder)) {
    for (const entry of parseLog(fs.readFileSync(path.join(logFolder, name), 'latin1'))) {
      const history = histories.get(entry.file) ?? new FileHistory();
      histories.set(entry.file, history);
      history.add(entry);
      if (entry.phase === 'durable') durable += 1;
    }
  }
  return durable;
}

/** Which versions a file has, for a history that goes on from here; undefined where a block is a mixture of two. */
export function versionsFound(content: Buffer, file: number, seed: number): Version[] | undefined {
  const versions = Array.from({ length: content.length / BLOCK_BYTES }, (_, block) => {
    const found = blockAt(content, block);
    const version = isZeros(found) ? HOLE : versionNamed(found);
    return blockBytes({ seed, file, block }, version).equals(found) ? version : undefined;
  });
  return versions.every((version) => version !== undefined) ? versions : undefined;
}
