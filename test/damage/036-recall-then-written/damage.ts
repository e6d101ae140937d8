import { BLOCK, noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A user writes into a file whose recall was cut short',
  life: 'One file was still empty, the other one full when the bytes came.',
  world: 'common',
  files: { empty: 'offline', full: 'offline' },
  damage: async (scene) => {
    await scene.kill('recall', 'before-fill', 'empty');
    await scene.kill('recall', 'after-fill', 'full');
    for (const label of ['empty', 'full']) {
      scene.patch(label, BLOCK, noise('patch', BLOCK));
      scene.know(label, `${label} with new bytes`);
    }
  },
});
