import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A changed file was to be archived anew; killed while copying',
  life: 'The mark has replaced the attribute `dual`; the row still names the earlier copy.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    scene.write('data', noise('newer'), 'newer');
    await scene.kill('archive', 'after-mark', 'data');
  },
});
