import fs from 'node:fs';
import { BLOCK, noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed after the attribute `offline`, and then the file or its copy changed',
  life: 'Data was brought back by hand, written over, or the copy was lost, while the intent was still open.',
  world: 'common',
  files: { back: 'dual', written: 'dual', lost: 'dual', trashed: 'dual' },
  damage: async (scene) => {
    for (const label of ['back', 'written', 'lost', 'trashed']) await scene.kill('release', 'after-attribute', label);
    scene.patch('back', 0, scene.original('back'));
    scene.patch('written', 0, noise('patch', BLOCK));
    scene.know('written', 'zeros with new bytes');
    fs.rmSync(scene.object('lost'));
    scene.trash('trashed');
  },
});
