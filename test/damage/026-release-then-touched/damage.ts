import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A file whose release was cut short after the punch is touched',
  life: 'mtime moved: a file that somebody emptied looks the same.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'data');
    fs.utimesSync(scene.at('data'), 1_000_000, 1_000_000);
  },
});
