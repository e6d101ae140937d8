import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The state in the attribute was altered, under a right checksum',
  life: 'A whole file says offline, an empty one says dual.',
  world: 'common',
  files: { whole: 'dual', empty: 'offline' },
  damage: (scene) => {
    scene.forge('whole', (bytes) => void bytes.writeUInt8(4, OFFSET.state));
    scene.forge('empty', (bytes) => void bytes.writeUInt8(2, OFFSET.state));
  },
});
