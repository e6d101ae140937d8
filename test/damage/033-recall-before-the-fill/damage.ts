import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed with the mark `recalling`, before the data came',
  life: 'The mark is there, the file is a hole.',
  world: 'common',
  files: { data: 'offline' },
  damage: async (scene) => {
    await scene.kill('recall', 'before-fill', 'data');
  },
});
