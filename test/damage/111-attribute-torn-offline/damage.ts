import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: "One field of an offline file's attribute is wrong, and so is the checksum",
  life: 'The row knows that the data is in the archive: the attribute is attached again.',
  world: 'common',
  files: { state: 'offline', op: 'offline', objectId: 'offline', size: 'offline' },
  damage: (scene) => {
    for (const field of ['state', 'op', 'objectId', 'size'] as const)
      scene.tear(field, (bytes) => void (bytes[OFFSET[field]] = (bytes[OFFSET[field]] ?? 0) ^ 0x40));
  },
});
