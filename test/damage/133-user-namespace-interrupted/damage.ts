import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Interrupted operations in the `user.` namespace',
  life: 'The same protocol under the other name.',
  world: 'user',
  files: { releasing: 'dual', recalling: 'offline', archiving: 'resident' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'releasing');
    await scene.kill('recall', 'before-fill', 'recalling');
    await scene.kill('archive', 'after-verified', 'archiving');
  },
});
