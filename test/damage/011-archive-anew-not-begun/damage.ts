import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A changed file was to be archived anew, and nothing had happened yet',
  life: 'The file still has the attribute of its earlier copy.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    scene.write('data', noise('newer'), 'newer');
    await scene.kill('archive', 'after-intent', 'data');
  },
});
