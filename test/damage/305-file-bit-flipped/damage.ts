import fs from 'node:fs';
import { flipBit } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A bit of a dual file flipped',
  life: 'Size and mtime are as before, ctime is in the catalog: only reading both shows it.',
  world: 'deep',
  files: { data: 'dual' },
  damage: (scene) => {
    flipBit(scene.at('data'));
    scene.know('data', 'with a flipped bit');
    const { ctimeNs } = fs.lstatSync(scene.at('data'), { bigint: true });
    scene.sql('UPDATE file SET ctime_ns = ? WHERE ino = ?', 'data', ctimeNs);
  },
});
