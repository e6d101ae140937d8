import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Two copies have changed places',
  life: "Both are whole, of one size, and each under the other's name.",
  world: 'deep',
  files: { 'dual a': 'dual', 'dual b': 'dual', 'offline a': 'offline', 'offline b': 'offline' },
  damage: (scene) => {
    for (const state of ['dual', 'offline']) {
      const [one, two] = [scene.object(`${state} a`), scene.object(`${state} b`)];
      fs.renameSync(one, `${one}.moved`);
      fs.renameSync(two, one);
      fs.renameSync(`${one}.moved`, two);
    }
  },
});
