import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed right after the mark `archiving`',
  life: 'The file says that a copy is under way; the store has nothing but a temporary folder.',
  world: 'common',
  files: { data: 'resident' },
  damage: async (scene) => {
    await scene.kill('archive', 'after-mark', 'data');
  },
});
