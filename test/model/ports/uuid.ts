import { world } from '../kernel/world.js';

function uuid(head: string, version: string): string {
  const { nextWord } = world();
  const hex = `${head}${[1, 2, 3, 4].map(() => nextWord().toString(16).padStart(8, '0')).join('')}`.slice(0, 32);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `${version}${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-');
}

export const v4 = (): string => uuid('', '4');
export const v7 = (): string => uuid(world().machine.clock.nowMs.toString(16).padStart(12, '0'), '7');
