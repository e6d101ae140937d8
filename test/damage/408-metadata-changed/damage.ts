import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Mode, owner, names and attributes of managed files changed',
  life: 'Only ctime moves. It is no drift, and after a comparison there is a new baseline.',
  world: 'common',
  files: { mode: 'dual', owner: 'offline', linked: 'dual', renamed: 'offline', attribute: 'dual' },
  damage: (scene) => {
    fs.chmodSync(scene.at('mode'), 0o600);
    fs.chownSync(scene.at('owner'), 7, 7);
    fs.linkSync(scene.at('linked'), scene.at('second name'));
    fs.renameSync(scene.at('renamed'), scene.at('new name'));
    scene.run('setfattr', '-n', 'user.comment', '-v', 'x', scene.at('attribute'));
  },
});
