import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed when the attribute was gone and the row was not',
  life: 'The file is resident by its attribute; the copy has not been dropped.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    await scene.kill('remove', 'after-attribute', 'data');
  },
});
