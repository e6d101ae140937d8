import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A copy of an offline file was touched, or emptied',
  life: 'Its time is not that of the data: what somebody emptied looks the same.',
  world: 'common',
  files: { data: 'offline' },
  damage: (scene) => {
    scene.copy('data', 'touched');
    fs.utimesSync(scene.at('touched'), 1_000_000, 1_000_000);
  },
});
