import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Interrupted files that were made 2^60 bytes long',
  life: 'truncate(2) makes any size of a file in no time. Nothing may read through it all, or lose digits of the size.',
  world: 'common',
  files: { releasing: 'dual', recalling: 'offline', archiving: 'resident', removing: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'before-punch', 'releasing');
    await scene.kill('recall', 'before-fill', 'recalling');
    await scene.kill('archive', 'after-verified', 'archiving');
    await scene.kill('remove', 'after-mark', 'removing');
    for (const label of ['releasing', 'recalling', 'archiving', 'removing'])
      scene.run('truncate', '-s', String(2n ** 60n), scene.at(label));
  },
});
