import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed after the attribute `dual`, then data vanished',
  life: 'The file has a hole, old times and an open intent; the copy is good.',
  world: 'common',
  files: { data: 'resident' },
  damage: async (scene) => {
    await scene.kill('archive', 'after-attribute', 'data');
    scene.punch('data');
  },
});
