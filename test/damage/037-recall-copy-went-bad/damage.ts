import { flipBit } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The copy goes bad while a recall is cut short',
  life: 'One file had all of its data back, one had none, and of one only the trash has the copy.',
  world: 'common',
  files: { full: 'offline', empty: 'offline', trashed: 'offline' },
  damage: async (scene) => {
    await scene.kill('recall', 'after-fill', 'full');
    await scene.kill('recall', 'before-fill', 'empty');
    await scene.kill('recall', 'before-fill', 'trashed');
    flipBit(scene.object('full'));
    flipBit(scene.object('empty'));
    scene.trash('trashed');
  },
});
