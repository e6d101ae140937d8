import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed after the attribute `dual`',
  life: 'The file is settled, the row still says offline.',
  world: 'common',
  files: { data: 'offline' },
  damage: async (scene) => {
    await scene.kill('recall', 'after-attribute', 'data');
  },
});
