import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed when the copy was complete and the catalog did not know',
  life: 'The object has its name in the store, the catalog calls it incomplete.',
  world: 'common',
  files: { data: 'resident' },
  damage: async (scene) => {
    await scene.kill('archive', 'after-put', 'data');
  },
});
