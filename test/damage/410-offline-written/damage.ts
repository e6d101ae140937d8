import fs from 'node:fs';
import { BLOCK, noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A user wrote into an offline file',
  life: 'They read zeros and wrote a block: neither side has everything.',
  world: 'common',
  files: { block: 'offline', appended: 'offline', everything: 'offline', 'same size, other bytes': 'offline' },
  damage: (scene) => {
    scene.patch('block', 2 * BLOCK, noise('patch', BLOCK));
    scene.know('block', 'block, newer');
    fs.appendFileSync(scene.at('appended'), 'more');
    scene.know('appended', 'appended, newer');
    scene.write('everything', noise('everything', 9000), 'everything, newer');
    scene.patch('same size, other bytes', 0, noise('other'));
    scene.know('same size, other bytes', 'other bytes, newer');
  },
});
