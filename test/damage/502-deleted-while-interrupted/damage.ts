import fs from 'node:fs';
import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Files were deleted after an operation on them was cut short',
  life: 'An intent, perhaps a row, and up to two copies are left.',
  world: 'deleted',
  files: { archiving: 'resident', anew: 'dual', releasing: 'dual', recalling: 'offline', removing: 'dual' },
  damage: async (scene) => {
    scene.write('anew', noise('newer'), 'newer');
    await scene.kill('archive', 'after-verified', 'archiving');
    await scene.kill('archive', 'after-verified', 'anew');
    await scene.kill('release', 'after-punch', 'releasing');
    await scene.kill('recall', 'after-fill', 'recalling');
    await scene.kill('remove', 'after-attribute', 'removing');
    scene.atLast(() => {
      for (const label of ['archiving', 'anew', 'releasing', 'recalling', 'removing']) fs.rmSync(scene.at(label));
    });
  },
});
