import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The copy is lost while a removal is cut short',
  life: 'It was to be dropped anyway, but one file has lost its data too.',
  world: 'common',
  files: { whole: 'dual', hole: 'dual', trashed: 'dual' },
  damage: async (scene) => {
    for (const label of scene.labels('dual')) await scene.kill('remove', 'after-mark', label);
    for (const label of ['whole', 'hole']) fs.rmSync(scene.object(label));
    scene.trash('trashed');
    for (const label of ['hole', 'trashed']) scene.punch(label);
  },
});
