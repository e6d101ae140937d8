import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed right after the punch',
  life: 'The data is gone from disk, the attribute still says `releasing`.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'data');
  },
});
