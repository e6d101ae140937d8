import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The inode of a managed file cannot be read',
  life: 'A byte flipped on disk. xfs_repair may save it; until then nothing about it is certain, least of all that it is gone.',
  world: 'alone',
  byDevice: true,
  files: { data: 'offline' },
  damage: async (scene) => {
    // In a chunk of its own: mkfs's own inodes share a disk block with the first ones, and a mount reads those.
    for (let index = 0; index < 200; index++) scene.world.write(`behind/${index}`);
    const file = scene.world.at('behind/150');
    await scene.world.ok('archive', file);
    const { ino } = fs.lstatSync(file);
    scene.unmounted((device) => scene.run('xfs_db', '-x', '-c', `inode ${ino}`, '-c', 'write -d core.magic 0', device));
  },
});
