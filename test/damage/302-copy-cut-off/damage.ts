import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Copies were cut off',
  life: "The store's disk was full, or an rsync was cut short.",
  world: 'common',
  files: { dual: 'dual', offline: 'offline', empty: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) fs.truncateSync(scene.object(label), 100);
    fs.truncateSync(scene.object('empty'), 0);
  },
});
