import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The size or time in the attribute is wrong, under a right checksum',
  life: 'The row knows better; nothing is filled or cut to a size that only the attribute claims.',
  world: 'common',
  files: { size: 'offline', mtime: 'offline', dual: 'dual' },
  damage: (scene) => {
    for (const label of ['size', 'dual'])
      scene.forge(label, (bytes) => void bytes.writeBigUInt64LE(2n ** 62n, OFFSET.size));
    scene.forge('mtime', (bytes) => void bytes.writeBigInt64LE(-1n, OFFSET.mtime));
  },
});
