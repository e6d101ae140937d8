import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Interrupted files whose copy nobody knows',
  life: "The catalog lost the object's row, the store data and sidecar.",
  world: 'common',
  files: { releasing: 'dual', intent: 'dual', offline: 'offline', unmarked: 'dual', bound: 'resident' },
  damage: async (scene) => {
    await scene.kill('release', 'after-mark', 'releasing');
    await scene.kill('release', 'after-intent', 'intent');
    await scene.kill('recall', 'after-intent', 'offline');
    await scene.kill('release', 'after-mark', 'unmarked');
    await scene.kill('archive', 'after-attribute', 'bound');
    scene.noteObject('bound');
    scene.dropAttribute('unmarked');
    for (const label of ['releasing', 'intent', 'offline', 'unmarked', 'bound']) {
      scene.sql('DELETE FROM object WHERE ino = ?', label);
      for (const end of ['', '.json']) fs.rmSync(scene.object(label) + end);
    }
  },
});
