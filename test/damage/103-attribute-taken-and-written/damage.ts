import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The attribute is gone and the file was rewritten',
  life: 'An editor that writes a new file keeps no attribute of this namespace; this one kept the inode.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) {
      scene.write(label, noise(`newer ${label}`), `newer ${label}`);
      scene.dropAttribute(label);
    }
  },
});
