import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Managed files were made 2^60 bytes long',
  life: 'truncate(2) in no time; nothing may read through it all.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline', unmarked: 'dual', mismatch: 'dual' },
  damage: (scene) => {
    for (const label of ['dual', 'offline', 'unmarked', 'mismatch'])
      scene.run('truncate', '-s', String(2n ** 60n), scene.at(label));
    scene.dropAttribute('unmarked');
    scene.sql('UPDATE file SET op = op - 1 WHERE ino = ?', 'mismatch');
  },
});
