import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The attribute has a number that the catalog never gave out',
  life: "An older catalog was put back, or the attribute is another one's. Marked, at rest, and copied.",
  world: 'common',
  files: { dual: 'dual', offline: 'offline', interrupted: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-mark', 'interrupted');
    for (const label of ['dual', 'offline', 'interrupted'])
      scene.forge(label, (bytes) => void bytes.writeBigUInt64LE(2n ** 40n, OFFSET.op));
  },
});
