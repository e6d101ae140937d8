import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The mark has the number of another operation than the intent',
  life: 'A mark of an earlier life: two histories met on one file.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-mark', 'data');
    scene.forge('data', (bytes) => void bytes.writeBigUInt64LE(bytes.readBigUInt64LE(OFFSET.op) - 1n, OFFSET.op));
  },
});
