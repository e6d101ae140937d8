import { world } from '../kernel/world.js';
import { v4 } from './uuid.js';

export { createHash } from 'node:crypto';

export const randomUUID = v4;

export function randomBytes(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = world().nextWord() & 0xff;
  return bytes;
}
