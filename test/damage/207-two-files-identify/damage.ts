import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Two files both say that one copy is theirs',
  life: 'A program forged a right attribute. Neither can be believed more than the other.',
  world: 'common',
  files: { first: 'dual', second: 'dual' },
  damage: (scene) => {
    scene.forge('second', (bytes) => void scene.objectBytes(scene.attribute('first')).copy(bytes, OFFSET.objectId));
    scene.sql('UPDATE file SET object_id = ? WHERE ino = ?', 'second', scene.idBytes('first'));
  },
});
