import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A managed file was deleted and is still open somewhere',
  life: 'Its data lives until the last close.',
  world: 'deleted',
  files: { data: 'dual' },
  damage: (scene) => {
    const fd = fs.openSync(scene.at('data'), 'r');
    scene.afterwards(() => fs.closeSync(fd));
    scene.atLast(() => fs.rmSync(scene.at('data')));
  },
});
