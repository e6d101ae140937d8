import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The attribute is gone and so is the data',
  life: 'One file has its old times, as after a defect; the other has new ones, as after truncate and write.',
  world: 'common',
  files: { hole: 'dual', emptied: 'dual' },
  damage: (scene) => {
    for (const label of ['hole', 'emptied']) {
      scene.punch(label);
      scene.dropAttribute(label);
    }
    fs.utimesSync(scene.at('emptied'), 1_000_000, 1_000_000);
  },
});
