import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Row and attribute of released files are both gone',
  life: "Nothing says any more that these files are not what they are: they read as zeros. The copies must not go to the trash as nobody's. One file is whole, for comparison.",
  world: 'common',
  files: { offline: 'offline', whole: 'dual' },
  damage: (scene) => {
    for (const label of ['offline', 'whole']) {
      scene.sql('DELETE FROM file WHERE ino = ?', label);
      scene.dropAttribute(label);
    }
  },
});
