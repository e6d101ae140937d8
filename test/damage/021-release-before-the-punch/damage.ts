import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed with the mark `releasing`, before the punch',
  life: 'All data is still there.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'before-punch', 'data');
  },
});
