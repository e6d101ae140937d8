import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Managed files were deleted and put back by tar',
  life: 'Same name, same attribute, another inode.',
  world: 'deleted',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) scene.tar(label, `${label} restored`);
    scene.atLast(() => {
      for (const label of ['dual', 'offline']) fs.rmSync(scene.at(label));
    });
  },
});
