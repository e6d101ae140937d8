import fs from 'node:fs';
import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A dual file was written to',
  life: 'Appended, cut off, truncated to nothing, rewritten with another size, rewritten with holes.',
  world: 'common',
  files: { appended: 'dual', cut: 'dual', nothing: 'dual', other: 'dual', holes: 'dual' },
  damage: (scene) => {
    fs.appendFileSync(scene.at('appended'), 'more');
    fs.truncateSync(scene.at('cut'), 10_000);
    fs.truncateSync(scene.at('nothing'));
    scene.write('other', noise('other', 5000), 'other, newer');
    fs.truncateSync(scene.at('holes'));
    fs.truncateSync(scene.at('holes'), scene.original('holes').length);
    for (const label of ['appended', 'cut', 'nothing', 'holes']) scene.know(label, `${label}, newer`);
  },
});
