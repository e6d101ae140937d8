import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The row says offline of a dual file, and dual of an offline one',
  life: 'The catalog is behind the file by one operation.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline', rewritten: 'dual' },
  damage: (scene) => {
    scene.sql("UPDATE file SET state = 'offline' WHERE ino = ?", 'dual');
    scene.sql("UPDATE file SET state = 'dual' WHERE ino = ?", 'offline');
    scene.sql("UPDATE file SET state = 'offline' WHERE ino = ?", 'rewritten');
    scene.write('rewritten', noise('newer'), 'newer');
  },
});
