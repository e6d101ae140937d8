import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Interrupted operations on a filesystem without reflink',
  life: 'mkfs.xfs -m reflink=0: a fill writes bytes instead of sharing extents, so it can stop half-way.',
  world: 'alone',
  files: { recalling: 'offline', half: 'offline', releasing: 'dual' },
  filesystem: { mkfsOptions: ['-m', 'reflink=0'] },
  damage: async (scene) => {
    await scene.kill('recall', 'before-fill', 'recalling');
    await scene.kill('recall', 'before-fill', 'half', 'tear');
    await scene.kill('release', 'after-punch', 'releasing');
  },
});
