import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Attribute and copy are gone, data too',
  life: 'After a removal that was cut short nothing has the bytes any more, or only the trash has.',
  world: 'common',
  files: { lost: 'dual', trashed: 'dual', unknown: 'dual' },
  damage: async (scene) => {
    for (const label of scene.labels('dual')) await scene.kill('remove', 'after-attribute', label);
    for (const label of scene.labels('dual')) scene.punch(label);
    fs.rmSync(scene.object('lost'));
    scene.trash('trashed');
    scene.sql('DELETE FROM object WHERE ino = ?', 'unknown');
    for (const end of ['', '.json']) fs.rmSync(scene.object('unknown') + end);
  },
});
