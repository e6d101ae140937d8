import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The hash in the catalog was altered',
  life: 'The sidecar and the bytes say one thing, the catalog another: the copy counts as bad, and nothing is thrown away.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline', interrupted: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'interrupted');
    for (const label of ['dual', 'offline', 'interrupted'])
      scene.sql('UPDATE object SET sha256 = zeroblob(32) WHERE ino = ?', label);
  },
});
