import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Managed files were deleted',
  life: 'Their rows and copies are left.',
  world: 'deleted',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    scene.atLast(() => {
      for (const label of ['dual', 'offline']) fs.rmSync(scene.at(label));
    });
  },
});
