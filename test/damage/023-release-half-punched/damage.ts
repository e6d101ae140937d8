import { BLOCK } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed in the midst of punching',
  life: 'Some extents are gone, others are there.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'before-punch', 'data');
    scene.punch('data', BLOCK, 3 * BLOCK);
  },
});
