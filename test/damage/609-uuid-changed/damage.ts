import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The filesystem has another UUID',
  life: 'xfs_admin -U, as after cloning a disk. It is known by its mark.',
  world: 'alone',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    scene.unmounted((device) => scene.run('xfs_admin', '-U', 'generate', device));
  },
});
