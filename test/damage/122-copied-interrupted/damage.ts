import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A file was copied while its release was cut short',
  life: 'The copy carries the mark `releasing` of another inode.',
  world: 'common',
  files: { whole: 'dual', punched: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'before-punch', 'whole');
    await scene.kill('release', 'after-punch', 'punched');
    for (const label of ['whole', 'punched']) scene.copy(label, `${label} copy`);
  },
});
