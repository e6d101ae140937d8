import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: "The store's disk gave zeros back",
  life: 'The copy has its size and is a hole.',
  world: 'deep',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) {
      const { size } = fs.statSync(scene.object(label));
      fs.truncateSync(scene.object(label), 0);
      fs.truncateSync(scene.object(label), size);
    }
  },
});
