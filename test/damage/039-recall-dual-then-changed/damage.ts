import fs from 'node:fs';
import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed after the attribute `dual` of a recall, and then the file or its copy changed',
  life: 'A hole, a lost copy, a trashed copy, new bytes: each while the intent was still open.',
  world: 'common',
  files: { hole: 'offline', lost: 'offline', 'lost-whole': 'offline', trashed: 'offline', written: 'offline' },
  damage: async (scene) => {
    for (const label of scene.labels('offline')) await scene.kill('recall', 'after-attribute', label);
    for (const label of ['hole', 'lost', 'trashed']) scene.punch(label);
    for (const label of ['lost', 'lost-whole']) fs.rmSync(scene.object(label));
    scene.trash('trashed');
    scene.write('written', noise('newer'), 'newer');
  },
});
