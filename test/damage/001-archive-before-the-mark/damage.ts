import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed before archiving left a mark',
  life: 'The intent was in the catalog, the file untouched. The unfinished copy has no bytes.',
  world: 'common',
  files: { data: 'resident' },
  damage: async (scene) => {
    await scene.kill('archive', 'after-intent', 'data');
  },
});
