import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Offline files were copied with their attribute',
  life: 'The copies are empty files that say that their data is elsewhere: a reader gets zeros. cp writes holes or zeros.',
  world: 'common',
  files: { data: 'offline' },
  damage: (scene) => {
    scene.copy('data', 'plain');
    scene.copy('data', 'zeros', '--sparse=never');
    scene.tar('data', 'tar');
  },
});
