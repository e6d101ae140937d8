import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'An attribute of another file names a copy that nobody knows',
  life: 'It came with a restore from long ago. It is never taken away unread.',
  world: 'common',
  files: { data: 'dual', other: 'resident' },
  damage: (scene) => {
    scene.setAttribute('other', scene.attribute('data'));
    scene.forge('other', (bytes) => void bytes.fill(0x77, OFFSET.objectId, OFFSET.ino));
  },
});
