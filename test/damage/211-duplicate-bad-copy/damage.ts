import fs from 'node:fs';
import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Two rows name one copy, which is gone; the files are whole',
  life: 'One identifies itself. The copy cannot be used for either.',
  world: 'common',
  files: { first: { state: 'dual', content: noise('twins') }, second: { state: 'dual', content: noise('twins') } },
  damage: (scene) => {
    scene.dropAttribute('second');
    scene.sql('UPDATE file SET object_id = ? WHERE ino = ?', 'second', scene.idBytes('first'));
    fs.rmSync(scene.object('first'));
  },
});
