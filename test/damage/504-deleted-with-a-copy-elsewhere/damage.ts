import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'An offline file was copied twice and then deleted',
  life: 'Both copies live on the archived one: it must not go.',
  world: 'deleted',
  files: { data: 'offline' },
  damage: (scene) => {
    scene.copy('data', 'first');
    scene.copy('data', 'second');
    scene.atLast(() => fs.rmSync(scene.at('data')));
  },
});
