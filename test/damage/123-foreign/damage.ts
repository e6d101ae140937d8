import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Files came from another filesystem with their attribute',
  life: 'Restored from elsewhere: whole and empty ones that this catalog does not know.',
  world: 'common',
  files: { whole: 'dual', empty: 'offline' },
  damage: (scene) => {
    for (const label of ['whole', 'empty']) {
      scene.forge(label, (bytes) => void bytes.writeUInt32LE(12345, OFFSET.fsId));
      scene.sql('DELETE FROM file WHERE ino = ?', label);
    }
  },
});
