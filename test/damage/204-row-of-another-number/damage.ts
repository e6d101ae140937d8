import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The row has another operation number than the file',
  life: 'The catalog missed an operation, or the file did.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline', rewritten: 'dual' },
  damage: (scene) => {
    scene.write('rewritten', noise('newer'), 'newer');
    for (const label of ['dual', 'offline', 'rewritten']) scene.sql('UPDATE file SET op = op - 1 WHERE ino = ?', label);
  },
});
