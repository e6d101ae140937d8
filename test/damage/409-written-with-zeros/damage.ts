import { BLOCK } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A user wrote zeros over data of a dual file, and the times are old',
  life: 'Zeros in a written extent: somebody meant them, unlike a hole.',
  world: 'common',
  files: { data: 'dual', mismatch: 'dual' },
  damage: (scene) => {
    for (const label of ['data', 'mismatch']) {
      scene.keepingTimes(label, () => scene.patch(label, BLOCK, Buffer.alloc(2 * BLOCK)));
      scene.know(label, `${label}, with zeros`);
    }
    scene.sql('UPDATE file SET op = op - 1 WHERE ino = ?', 'mismatch');
  },
});
