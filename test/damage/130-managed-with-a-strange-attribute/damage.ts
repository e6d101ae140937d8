import fs from 'node:fs';
import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: "Managed files with another file's attribute, and more damage",
  life: 'Data missing, missing with new times, rewritten; copy gone while the file is whole, and while it is not; copy unknown.',
  world: 'common',
  files: {
    other: 'dual',
    hole: 'dual',
    emptied: 'dual',
    written: 'dual',
    whole: 'dual',
    lost: 'dual',
    unknown: 'dual',
  },
  damage: (scene) => {
    for (const label of ['hole', 'emptied', 'written', 'whole', 'lost', 'unknown'])
      scene.setAttribute(label, scene.attribute('other'));
    for (const label of ['hole', 'emptied', 'lost']) scene.punch(label);
    fs.utimesSync(scene.at('emptied'), 1_000_000, 1_000_000);
    scene.write('written', noise('newer'), 'newer');
    for (const label of ['whole', 'lost']) fs.rmSync(scene.object(label));
    scene.sql('DELETE FROM object WHERE ino = ?', 'unknown');
    for (const end of ['', '.json']) fs.rmSync(scene.object('unknown') + end);
  },
});
