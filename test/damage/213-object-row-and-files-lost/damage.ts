import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Nobody knows a copy any more',
  life: "The catalog's row of the object is gone, and data and sidecar are gone from the store.",
  world: 'common',
  files: { dual: 'dual', offline: 'offline', mismatch: 'dual' },
  damage: (scene) => {
    for (const label of ['dual', 'offline', 'mismatch']) {
      scene.sql('DELETE FROM object WHERE ino = ?', label);
      for (const end of ['', '.json']) fs.rmSync(scene.object(label) + end);
    }
    scene.sql('UPDATE file SET op = op - 1 WHERE ino = ?', 'mismatch');
  },
});
