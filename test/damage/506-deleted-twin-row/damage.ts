import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: "A deleted file's row names the copy of a living one",
  life: 'Its row may go, the copy may not.',
  world: 'deleted',
  files: { living: 'offline', deleted: 'dual' },
  damage: (scene) => {
    scene.sql('UPDATE file SET object_id = ? WHERE ino = ?', 'deleted', scene.idBytes('living'));
    scene.atLast(() => fs.rmSync(scene.at('deleted')));
  },
});
