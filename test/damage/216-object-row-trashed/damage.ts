import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The catalog says that a copy in use lies in the trash',
  life: 'The copy is where it was, and files are bound to it.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) scene.sql("UPDATE object SET status = 'trash' WHERE ino = ?", label);
  },
});
