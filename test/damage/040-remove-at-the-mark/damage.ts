import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed right after the mark `removing`',
  life: 'The archived copy was to be given up; file and copy are whole.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    await scene.kill('remove', 'after-mark', 'data');
  },
});
