import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The catalog lost the rows of managed files',
  life: 'The files say themselves what they are.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) scene.sql('DELETE FROM file WHERE ino = ?', label);
  },
});
