import { damageCase } from '../damage-case.js';

export default damageCase({
  title: "Two rows name one copy, and one of the files has a third file's attribute",
  life: 'All three records of it disagree.',
  world: 'common',
  files: { first: 'dual', second: 'dual', third: 'dual' },
  damage: (scene) => {
    scene.sql('UPDATE file SET object_id = ? WHERE ino = ?', 'second', scene.idBytes('first'));
    scene.setAttribute('second', scene.attribute('third'));
  },
});
