import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Recovery itself was killed',
  life: 'It died in the midst of punching one file and before it wrote an attribute. A crash of recovery is one more crash.',
  world: 'alone',
  files: { first: 'dual', second: 'offline' },
  damage: async (scene) => {
    await scene.kill('release', 'before-punch', 'first');
    await scene.kill('recall', 'before-fill', 'second');
    await scene.killRecovery('recover:before-attribute');
  },
});
