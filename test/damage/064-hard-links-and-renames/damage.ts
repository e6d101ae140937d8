import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Interrupted files with other names',
  life: 'One file got a second name after the crash, one was renamed, one moved to another folder. Inodes count, not names.',
  world: 'common',
  files: { linked: 'dual', renamed: 'dual', moved: 'dual' },
  damage: async (scene) => {
    for (const label of ['linked', 'renamed', 'moved']) await scene.kill('release', 'after-punch', label);
    fs.linkSync(scene.at('linked'), scene.at('second name'));
    fs.renameSync(scene.at('renamed'), scene.at('new name'));
    fs.mkdirSync(scene.at('folder'));
    fs.renameSync(scene.at('moved'), scene.at('folder/moved'));
  },
});
