import fs from 'node:fs';
import path from 'node:path';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A clone of the filesystem is mounted beside it',
  life: 'Two filesystems with one id: whatever is said of an inode may be of the other one.',
  world: 'alone',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    const { scratch } = scene.world;
    const clone = path.join(scratch.folder, 'clone');
    const point = path.join(scratch.folder, 'clone-mount');
    fs.mkdirSync(point);
    scene.unmounted((device) => scene.run('cp', '--sparse=always', device, clone));
    scene.run('mount', '-o', 'loop,nouuid', clone, point);
    scene.afterwards(() => scene.run('umount', point));
  },
});
