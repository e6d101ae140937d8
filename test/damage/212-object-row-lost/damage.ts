import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The catalog lost the rows of objects',
  life: 'The sidecars in the store have all that they said.',
  world: 'alone',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) scene.sql('DELETE FROM object WHERE ino = ?', label);
  },
});
