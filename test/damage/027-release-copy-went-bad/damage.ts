import { flipBit } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The copy goes bad while a release is cut short',
  life: 'A flipped bit, found before anything was punched in one file; after it in the other.',
  world: 'common',
  files: { whole: 'dual', punched: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'before-punch', 'whole');
    await scene.kill('release', 'after-punch', 'punched');
    for (const label of ['whole', 'punched']) flipBit(scene.object(label));
  },
});
