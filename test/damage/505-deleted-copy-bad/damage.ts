import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'An offline file was copied and deleted, and the archived copy is gone',
  life: 'With old times it is lost; with new ones somebody may have emptied it.',
  world: 'deleted',
  files: { first: 'offline', second: 'offline' },
  damage: (scene) => {
    scene.copy('first', 'old times');
    scene.copy('second', 'new times');
    fs.utimesSync(scene.at('new times'), 1_000_000, 1_000_000);
    for (const label of ['first', 'second']) fs.rmSync(scene.object(label));
    scene.atLast(() => {
      for (const label of ['first', 'second']) fs.rmSync(scene.at(label));
    });
  },
});
