import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Recovery was told to revert where that is as safe',
  life: '`--prefer revert`: what was being released comes back, what was being recalled goes away again.',
  world: 'alone',
  files: { releasing: 'dual', punched: 'dual', recalling: 'offline', archiving: 'resident', removing: 'dual' },
  options: ['--prefer', 'revert'],
  damage: async (scene) => {
    await scene.kill('release', 'before-punch', 'releasing');
    await scene.kill('release', 'after-punch', 'punched');
    await scene.kill('recall', 'after-fill', 'recalling');
    await scene.kill('archive', 'after-verified', 'archiving');
    await scene.kill('remove', 'after-mark', 'removing');
  },
});
