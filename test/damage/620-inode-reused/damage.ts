import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A managed file was deleted, and its inode number is used by another file',
  life: 'The number is the same, the generation is not.',
  world: 'alone',
  files: { data: 'offline' },
  damage: async (scene) => {
    const ino = scene.ino('data');
    fs.rmSync(scene.at('data'));
    // The kernel frees inodes in the background.
    for (let index = 0; index < 500; index++) {
      scene.write('data', noise('new'), 'new file');
      if (scene.ino('data') === ino) break;
      fs.renameSync(scene.at('data'), path.join(scene.world.mountPoint, `other-${index}`));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(scene.ino('data')).toBe(ino);
  },
});
