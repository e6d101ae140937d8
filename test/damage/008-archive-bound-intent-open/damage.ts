import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed when only the intent was left to be closed',
  life: 'Attribute and row agree. The bookkeeping of the operation was not finished.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    scene.write('data', noise('a newer version'), 'newer');
    await scene.kill('archive', 'after-catalog', 'data');
  },
});
