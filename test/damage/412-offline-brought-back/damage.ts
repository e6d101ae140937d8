import { BLOCK } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The data of an offline file is on disk again',
  life: 'An administrator copied the object into the file by hand; once the times were put back, once not.',
  world: 'common',
  files: { times: 'offline', new: 'offline', half: 'offline' },
  damage: (scene) => {
    scene.keepingTimes('times', () => scene.patch('times', 0, scene.original('times')));
    scene.patch('new', 0, scene.original('new'));
    scene.keepingTimes('half', () => scene.patch('half', 0, scene.original('half').subarray(0, 6 * BLOCK)));
  },
});
