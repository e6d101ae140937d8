import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed between the sidecar and the data of the copy',
  life: 'The store shows a sidecar without data, which is no object.',
  world: 'common',
  files: { data: 'resident' },
  damage: async (scene) => {
    await scene.kill('archive', 'after-rename-sidecar', 'data');
  },
});
