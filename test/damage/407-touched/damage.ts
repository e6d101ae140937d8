import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Managed files were touched',
  life: 'touch(1) moves mtime and no byte.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) fs.utimesSync(scene.at(label), 1_000_000, 1_000_000);
  },
});
