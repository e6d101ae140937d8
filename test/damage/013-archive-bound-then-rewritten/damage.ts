import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed after the attribute `dual`, then the file was rewritten',
  life: 'The intent is open, and the file is newer than the copy that its attribute names.',
  world: 'common',
  files: { data: 'resident' },
  damage: async (scene) => {
    await scene.kill('archive', 'after-attribute', 'data');
    scene.write('data', noise('newer'), 'newer');
  },
});
