import { damageCase } from '../damage-case.js';

export default damageCase({
  title: "The row names another file's copy",
  life: 'A bit flipped in the catalog, or a merge gone wrong. Only bytes prove which copy is right.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline', 'other dual': 'dual', 'other offline': 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline'])
      scene.sql('UPDATE file SET object_id = ? WHERE ino = ?', label, scene.idBytes(`other ${label}`));
  },
});
