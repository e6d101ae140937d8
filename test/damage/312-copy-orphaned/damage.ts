import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Nothing names a copy any more',
  life: "Row and attribute of a file are gone; in one case the object's row too, and only the sidecar says where it is from.",
  world: 'alone',
  files: { known: 'dual', unknown: 'dual' },
  damage: (scene) => {
    for (const label of ['known', 'unknown']) {
      scene.sql('DELETE FROM file WHERE ino = ?', label);
      scene.dropAttribute(label);
    }
    scene.sql('DELETE FROM object WHERE ino = ?', 'unknown');
  },
});
