import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Dual files were copied with their attribute',
  life: 'cp -a, as it is, as a reflink and without one, and tar.',
  world: 'common',
  files: { data: 'dual' },
  damage: (scene) => {
    scene.copy('data', 'plain');
    scene.copy('data', 'reflink', '--reflink=always');
    scene.copy('data', 'bytes', '--reflink=never');
    scene.tar('data', 'tar');
  },
});
