import { BLOCK } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Files of zeros that lost their attribute or their row',
  life: 'Empty, all zeros, only a hole: dual and offline look the same.',
  world: 'common',
  files: {
    empty: { state: 'dual', content: Buffer.alloc(0) },
    zeros: { state: 'offline', content: Buffer.alloc(4 * BLOCK + 3) },
    'no row': { state: 'offline', content: Buffer.alloc(4 * BLOCK + 4) },
  },
  damage: (scene) => {
    for (const label of ['empty', 'zeros']) scene.dropAttribute(label);
    scene.sql('DELETE FROM file WHERE ino = ?', 'no row');
  },
});
