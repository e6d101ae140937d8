import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed right after the attribute `dual`',
  life: 'The file is settled, the catalog has no row for it.',
  world: 'common',
  files: { data: 'resident' },
  damage: async (scene) => {
    await scene.kill('archive', 'after-attribute', 'data');
  },
});
