import { damageAttribute } from '../../cli/attribute-damage.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The mark on the root inode is corrupt',
  life: 'Nothing proves which filesystem this is.',
  world: 'alone',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    damageAttribute(scene.world.mountPoint, (bytes) => void bytes.fill(0xff, 16, 20), 'wrong');
  },
});
