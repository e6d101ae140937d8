import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed when the data was back',
  life: 'The file is whole, the attribute still says `recalling`.',
  world: 'common',
  files: { data: 'offline' },
  damage: async (scene) => {
    await scene.kill('recall', 'after-fill', 'data');
  },
});
