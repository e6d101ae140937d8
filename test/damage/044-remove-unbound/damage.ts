import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed before and after the copy went to the trash',
  life: 'Attribute and row are gone, the intent is open.',
  world: 'common',
  files: { before: 'dual', after: 'dual' },
  damage: async (scene) => {
    await scene.kill('remove', 'before-trash', 'before');
    await scene.kill('remove', 'after-trash', 'after');
  },
});
