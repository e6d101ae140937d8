import fs from 'node:fs';
import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed when the row was written, then somebody took the attribute',
  life: 'Row and open intent name the same copy, the file has no mark. Three files: equal, rewritten, with a lost copy.',
  world: 'common',
  files: { equal: 'dual', rewritten: 'dual', lost: 'dual' },
  damage: async (scene) => {
    for (const label of ['equal', 'rewritten', 'lost']) {
      scene.write(label, noise(`newer ${label}`), `newer ${label}`);
      await scene.kill('archive', 'after-catalog', label);
      scene.noteObject(label);
      scene.dropAttribute(label);
    }
    scene.write('rewritten', noise('newest'), 'newest');
    fs.rmSync(scene.object('lost'));
  },
});
