import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Copies in use lie in the trash of the store',
  life: 'Somebody tidied up by hand. Nothing is lost.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) scene.trash(label);
  },
});
