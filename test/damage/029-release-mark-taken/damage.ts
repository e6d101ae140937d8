import fs from 'node:fs';
import { BLOCK, noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A half released file has lost its mark',
  life: 'Somebody removed the attribute, after the punch and before it; one file was written to since.',
  world: 'common',
  files: { punched: 'dual', whole: 'dual', written: 'dual', touched: 'dual' },
  damage: async (scene) => {
    for (const label of ['punched', 'written', 'touched']) await scene.kill('release', 'after-punch', label);
    await scene.kill('release', 'before-punch', 'whole');
    for (const label of ['punched', 'whole', 'written', 'touched']) scene.dropAttribute(label);
    scene.patch('written', 0, noise('patch', BLOCK));
    scene.know('written', 'zeros with new bytes');
    fs.utimesSync(scene.at('touched'), 1_000_000, 1_000_000);
  },
});
