import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The catalog says that a copy in use is incomplete',
  life: 'The status went back to what it was while archiving.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) scene.sql("UPDATE object SET status = 'incomplete' WHERE ino = ?", label);
  },
});
