import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Somebody took the attribute of a managed file',
  life: 'setfattr -x, a restore without attributes, xfs_repair: row and data are as they were.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) scene.dropAttribute(label);
  },
});
