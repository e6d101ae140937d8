import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed in the midst of copying',
  life: 'Half of the data lies under a temporary name.',
  world: 'common',
  files: { data: 'resident' },
  damage: async (scene) => {
    await scene.kill('archive', 'before-data', 'data', 'tear');
  },
});
