import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The archive is not mounted',
  life: 'Its folder is there and empty.',
  world: 'alone',
  files: { dual: 'dual', offline: 'offline', recalling: 'offline' },
  damage: async (scene) => {
    await scene.kill('recall', 'before-fill', 'recalling');
    const { archiveDir } = scene.world;
    fs.renameSync(archiveDir, `${archiveDir}.away`);
    fs.mkdirSync(archiveDir);
    scene.afterwards(() => {
      fs.rmdirSync(archiveDir);
      fs.renameSync(`${archiveDir}.away`, archiveDir);
    });
  },
});
