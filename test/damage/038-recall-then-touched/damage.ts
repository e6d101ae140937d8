import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A file whose recall was cut short is touched',
  life: 'mtime moved while the file was still a hole.',
  world: 'common',
  files: { data: 'offline' },
  damage: async (scene) => {
    await scene.kill('recall', 'before-fill', 'data');
    fs.utimesSync(scene.at('data'), 1_000_000, 1_000_000);
  },
});
