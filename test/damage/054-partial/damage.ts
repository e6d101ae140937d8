import fs from 'node:fs';
import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Files that say they are partial',
  life: 'No operation of this version makes that state. One file is whole, one empty, one written to; of two the copy is gone, of one nobody knows it.',
  world: 'common',
  files: { whole: 'dual', empty: 'offline', written: 'dual', lost: 'offline', trashed: 'offline', unknown: 'dual' },
  damage: (scene) => {
    scene.write('written', noise('newer'), 'newer');
    for (const label of [...scene.labels('dual'), ...scene.labels('offline')])
      scene.forge(label, (bytes) => void bytes.writeUInt8(6, OFFSET.state));
    fs.rmSync(scene.object('lost'));
    scene.trash('trashed');
    scene.sql('DELETE FROM object WHERE ino = ?', 'unknown');
    for (const end of ['', '.json']) fs.rmSync(scene.object('unknown') + end);
  },
});
