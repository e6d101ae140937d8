import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Copies in the `user.` namespace',
  life: "There anyone can write attributes. A copy of a dual file is stripped; an empty one is not filled, it could be a thief's.",
  world: 'user',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    scene.copy('dual', 'copy of dual');
    scene.copy('offline', 'copy of offline');
  },
});
