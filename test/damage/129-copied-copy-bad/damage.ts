import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Copies of offline files whose archived copy is gone',
  life: 'The store lost one object and has the other in its trash. The originals are there and empty as well.',
  world: 'common',
  files: { lost: 'offline', trashed: 'offline' },
  damage: (scene) => {
    scene.copy('lost', 'copy of lost');
    scene.copy('trashed', 'copy of trashed');
    fs.rmSync(scene.object('lost'));
    scene.trash('trashed');
  },
});
