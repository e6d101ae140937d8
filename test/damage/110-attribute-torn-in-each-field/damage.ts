import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'One field of the attribute is wrong, and so is the checksum',
  life: 'A bit flipped on its way to the disk, in each field of dual files.',
  world: 'common',
  files: {
    version: 'dual',
    state: 'dual',
    flags: 'dual',
    crc: 'dual',
    op: 'dual',
    objectId: 'dual',
    ino: 'dual',
    gen: 'dual',
    fsId: 'dual',
    size: 'dual',
    mtime: 'dual',
  },
  damage: (scene) => {
    for (const [field, at] of Object.entries(OFFSET))
      scene.tear(field, (bytes) => void (bytes[at] = (bytes[at] ?? 0) ^ 0x40));
  },
});
