import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A user rewrites a file whose archiving was cut short',
  life: 'The copy was complete and verified; the file is newer than the copy.',
  world: 'common',
  files: { data: 'resident' },
  damage: async (scene) => {
    await scene.kill('archive', 'after-verified', 'data');
    scene.write('data', noise('newer'), 'newer');
  },
});
