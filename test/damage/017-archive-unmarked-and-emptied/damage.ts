import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'An unmarked file with a complete fresh copy and a hole',
  life: 'Killed when the copy was verified; the mark vanished and the data too. The copy may be all that is left.',
  world: 'common',
  files: { data: 'resident' },
  damage: async (scene) => {
    await scene.kill('archive', 'after-verified', 'data');
    scene.dropAttribute('data');
    scene.punch('data');
  },
});
