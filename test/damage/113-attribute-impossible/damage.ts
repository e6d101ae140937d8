import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The checksum is right and a field cannot be',
  life: 'A forgery or a defect: version 0, unknown flags and state, a number of 2^63, an object id of zeros, a root mark on a file.',
  world: 'common',
  files: {
    version: 'dual',
    flags: 'dual',
    state: 'offline',
    op: 'dual',
    objectId: 'dual',
    size: 'offline',
    mark: 'dual',
  },
  damage: (scene) => {
    scene.forge('version', (bytes) => void bytes.writeUInt8(0, OFFSET.version));
    scene.forge('flags', (bytes) => void bytes.writeUInt16LE(2, OFFSET.flags));
    scene.forge('state', (bytes) => void bytes.writeUInt8(99, OFFSET.state));
    scene.forge('op', (bytes) => void bytes.writeBigUInt64LE(2n ** 63n, OFFSET.op));
    scene.forge('objectId', (bytes) => void bytes.fill(0, OFFSET.objectId, OFFSET.ino));
    scene.forge('size', (bytes) => void bytes.writeBigUInt64LE(2n ** 63n, OFFSET.size));
    scene.forge('mark', (bytes) => void bytes.writeUInt8(15, OFFSET.state));
  },
});
