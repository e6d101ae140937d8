import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed before release left a mark',
  life: 'The intent is open, the file is dual and whole.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-intent', 'data');
  },
});
