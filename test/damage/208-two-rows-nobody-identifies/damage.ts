import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Two rows name one copy, and no file has an attribute',
  life: 'Which one it was cannot be told.',
  world: 'common',
  files: { first: 'dual', second: 'dual' },
  damage: (scene) => {
    for (const label of ['first', 'second']) scene.dropAttribute(label);
    scene.sql('UPDATE file SET object_id = ? WHERE ino = ?', 'second', scene.idBytes('first'));
  },
});
