import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed when the copy had been read back',
  life: 'Copy and file are equal and only the attribute is left to be written.',
  world: 'common',
  files: { data: 'resident' },
  damage: async (scene) => {
    await scene.kill('archive', 'after-verified', 'data');
  },
});
