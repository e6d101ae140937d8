import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The catalog lost the row, and the file was rewritten',
  life: 'It has to be known again, and to be archived anew; equal it is not.',
  world: 'common',
  files: { data: 'dual' },
  damage: (scene) => {
    scene.sql('DELETE FROM file WHERE ino = ?', 'data');
    scene.write('data', noise('newer'), 'newer');
  },
});
