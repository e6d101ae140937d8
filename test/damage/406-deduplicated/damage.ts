import fs from 'node:fs';
import { BLOCK } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Zeros of a dual file were deduplicated into a hole',
  life: 'A deduplicator shares extents and touches no time. A hole over zeros is no missing data.',
  world: 'common',
  files: { data: 'dual' },
  arrange: (scene) => {
    scene.patch('data', 4 * BLOCK, Buffer.alloc(4 * BLOCK));
    fs.writeFileSync(scene.at('zeros'), '');
    fs.truncateSync(scene.at('zeros'), 4 * BLOCK);
  },
  damage: (scene) => {
    scene.run('xfs_io', '-c', `dedupe ${scene.at('zeros')} 0 ${4 * BLOCK} ${4 * BLOCK}`, scene.at('data'));
  },
});
