import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A half released file has lost its mark, and the store its copy',
  life: 'Two records are gone at once. In one case the copy is only in the trash, in one the file is whole.',
  world: 'common',
  files: { lost: 'dual', trashed: 'dual', whole: 'dual' },
  damage: async (scene) => {
    for (const label of ['lost', 'trashed']) await scene.kill('release', 'after-punch', label);
    await scene.kill('release', 'before-punch', 'whole');
    for (const label of ['lost', 'trashed', 'whole']) scene.dropAttribute(label);
    fs.rmSync(scene.object('lost'));
    fs.rmSync(scene.object('whole'));
    scene.trash('trashed');
  },
});
