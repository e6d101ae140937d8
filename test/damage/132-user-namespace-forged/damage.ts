import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: "A forged attribute names a secret file's copy",
  life: "A user wrote an attribute that is right in all but its object id, to be given the secret's bytes by recovery.",
  world: 'user',
  files: { secret: 'offline', mine: 'offline' },
  damage: (scene) => {
    scene.forge('mine', (bytes) => void scene.objectBytes(scene.attribute('secret')).copy(bytes, OFFSET.objectId));
  },
});
