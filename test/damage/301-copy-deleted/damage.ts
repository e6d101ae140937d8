import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Copies were deleted from the store',
  life: 'rm in the wrong folder. The dual file is whole; of the offline one nothing is left.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) fs.rmSync(scene.object(label));
  },
});
