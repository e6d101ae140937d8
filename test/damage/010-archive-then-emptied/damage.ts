import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Data vanishes from a file whose archiving was cut short',
  life: 'The fresh copy is complete, the file has holes and its old times. The copy may be all that is left.',
  world: 'common',
  files: { data: 'resident' },
  damage: async (scene) => {
    await scene.kill('archive', 'after-verified', 'data');
    scene.punch('data');
  },
});
