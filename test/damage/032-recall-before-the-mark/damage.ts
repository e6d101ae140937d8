import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed before recall left a mark',
  life: 'The intent is open, the file is offline as before.',
  world: 'common',
  files: { data: 'offline' },
  damage: async (scene) => {
    await scene.kill('recall', 'after-intent', 'data');
  },
});
