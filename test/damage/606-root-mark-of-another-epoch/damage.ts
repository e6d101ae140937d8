import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { damageAttribute } from '../../cli/attribute-damage.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Another catalog has taken the filesystem over',
  life: 'The root mark is of another epoch.',
  world: 'alone',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    damageAttribute(scene.world.mountPoint, (bytes) => void bytes.writeBigUInt64LE(4711n, OFFSET.size), 'right');
  },
});
