import { BLOCK, noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A user writes into a file whose release was cut short after the punch',
  life: 'New bytes in the middle of zeros: neither the file nor the copy has everything.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'data');
    scene.patch('data', BLOCK, noise('patch', BLOCK));
    scene.know('data', 'zeros with new bytes');
  },
});
