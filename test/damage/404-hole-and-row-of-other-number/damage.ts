import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Data is missing, times are new, and the row is one operation behind',
  life: 'So recovery does look: a file that somebody emptied and one that was damaged and touched look alike.',
  world: 'common',
  files: { hole: 'dual', emptied: 'dual' },
  damage: (scene) => {
    for (const label of ['hole', 'emptied']) {
      scene.punch(label);
      scene.sql('UPDATE file SET op = op - 1 WHERE ino = ?', label);
    }
    fs.utimesSync(scene.at('emptied'), 1_000_000, 1_000_000);
  },
});
