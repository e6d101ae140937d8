import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Somebody has an interrupted file open',
  life: 'A reader holds the file: no write lease can be had, so nothing is done about it.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'before-punch', 'data');
    const fd = fs.openSync(scene.at('data'), 'r');
    scene.afterwards(() => fs.closeSync(fd));
  },
});
