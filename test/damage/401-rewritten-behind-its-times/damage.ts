import { BLOCK, noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A dual file was overwritten and its mtime put back',
  life: 'Same size, same mtime. Only ctime moved: nothing proves that the data is equal.',
  world: 'common',
  files: { data: 'dual' },
  damage: (scene) => {
    scene.keepingTimes('data', () => scene.patch('data', 0, noise('silent', BLOCK)));
    scene.know('data', 'overwritten');
  },
});
