import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Copies have grown',
  life: 'Somebody appended to an object.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) fs.appendFileSync(scene.object(label), 'more');
  },
});
