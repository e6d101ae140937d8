import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Copy and data are both gone',
  life: 'A dual file lost its data to a defect, and its copy was cut off: nothing has the bytes any more.',
  world: 'common',
  files: { 'same times': 'dual', 'new times': 'dual' },
  damage: (scene) => {
    for (const label of ['same times', 'new times']) {
      scene.punch(label);
      fs.truncateSync(scene.object(label), 100);
      scene.sql('UPDATE file SET op = op - 1 WHERE ino = ?', label);
    }
    fs.utimesSync(scene.at('new times'), 1_000_000, 1_000_000);
  },
});
