import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The attribute is corrupt and the catalog has no row',
  life: 'Nobody knows what it said; the copies stay.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) {
      scene.tear(label, (bytes) => void bytes.fill(0xff, 20, 30));
      scene.sql('DELETE FROM file WHERE ino = ?', label);
    }
  },
});
