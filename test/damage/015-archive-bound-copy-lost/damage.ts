import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Killed after the attribute `dual`, then the copy was lost',
  life: 'The store lost the fresh copy; the file is whole in one case and emptied in the other.',
  world: 'common',
  files: { whole: 'resident', empty: 'resident', trashed: 'resident' },
  damage: async (scene) => {
    for (const label of ['whole', 'empty', 'trashed']) {
      await scene.kill('archive', 'after-attribute', label);
      scene.noteObject(label);
    }
    fs.rmSync(scene.object('whole'));
    fs.rmSync(scene.object('empty'));
    scene.trash('trashed');
    scene.punch('empty');
    scene.punch('trashed');
  },
});
