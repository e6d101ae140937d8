import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The attribute is of a newer version of hsmck',
  life: 'A filesystem comes back from a machine that was ahead. Only that version knows what it says.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline', interrupted: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'interrupted');
    for (const label of ['dual', 'offline', 'interrupted'])
      scene.forge(label, (bytes) => void bytes.writeUInt8(2, OFFSET.version));
  },
});
