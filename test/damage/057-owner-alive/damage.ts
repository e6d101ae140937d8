import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The owner of an operation is still at work',
  life: 'A release was stopped (SIGSTOP) while recovery ran. It must be left alone, and ends well when it goes on.',
  world: 'alone',
  files: { data: 'dual' },
  damage: async (scene) => {
    await scene.stop('release', 'before-punch', 'data');
  },
});
