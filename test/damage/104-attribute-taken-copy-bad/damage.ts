import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The attribute is gone and the copy is bad',
  life: 'The file is whole in one case and empty in the others; of one the copy lies in the trash, of one nobody knows it.',
  world: 'common',
  files: { whole: 'dual', empty: 'offline', trashed: 'offline', unknown: 'dual' },
  damage: (scene) => {
    for (const label of ['whole', 'empty', 'trashed', 'unknown']) scene.dropAttribute(label);
    for (const label of ['whole', 'empty']) fs.rmSync(scene.object(label));
    scene.trash('trashed');
    scene.sql('DELETE FROM object WHERE ino = ?', 'unknown');
    for (const end of ['', '.json']) fs.rmSync(scene.object('unknown') + end);
  },
});
