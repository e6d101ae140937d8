import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A copy of an offline file was made 2^60 bytes long',
  life: 'Nothing may read through it all, or lose digits of the size.',
  world: 'common',
  files: { data: 'offline' },
  damage: (scene) => {
    scene.copy('data', 'copy');
    scene.run('truncate', '-s', String(2n ** 60n), scene.at('copy'));
  },
});
