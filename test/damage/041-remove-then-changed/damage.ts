import fs from 'node:fs';
import { BLOCK, noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A file changes after its removal from the archive was cut short',
  life: 'Rewritten; overwritten behind the back of its times; emptied with old times; emptied with new ones.',
  world: 'common',
  files: { rewritten: 'dual', silently: 'dual', hole: 'dual', emptied: 'dual' },
  damage: async (scene) => {
    for (const label of scene.labels('dual')) await scene.kill('remove', 'after-mark', label);
    scene.write('rewritten', noise('newer'), 'newer');
    scene.keepingTimes('silently', () => scene.patch('silently', 0, noise('silent', BLOCK)));
    scene.know('silently', 'silently overwritten');
    scene.punch('hole');
    scene.punch('emptied');
    fs.utimesSync(scene.at('emptied'), 1_000_000, 1_000_000);
  },
});
