import fs from 'node:fs';
import path from 'node:path';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A copy is a symbolic link, a folder, or a pipe',
  life: 'Somebody moved objects to another disk and linked them.',
  world: 'alone',
  files: { link: 'offline', folder: 'dual', pipe: 'dual' },
  damage: (scene) => {
    const [link, folder, pipe] = [scene.object('link'), scene.object('folder'), scene.object('pipe')];
    const elsewhere = path.join(scene.world.scratch.folder, 'elsewhere');
    fs.renameSync(link, elsewhere);
    fs.symlinkSync(elsewhere, link);
    fs.rmSync(folder);
    fs.mkdirSync(folder);
    fs.rmSync(pipe);
    scene.run('mkfifo', pipe);
  },
});
