import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed after the attribute `offline`',
  life: 'The file is settled, the row still says dual.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-attribute', 'data');
  },
});
