import { BLOCK } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Data of a dual file is missing and its times are old',
  life: 'A defect, a bad fsck, or a program that punches and puts the times back. It reads zeros.',
  world: 'common',
  files: { some: 'dual', all: 'dual', first: 'dual', last: 'dual' },
  damage: (scene) => {
    scene.punch('some', BLOCK, 3 * BLOCK);
    scene.punch('all');
    scene.punch('first', 0, BLOCK);
    scene.punch('last', 12 * BLOCK, BLOCK);
  },
});
