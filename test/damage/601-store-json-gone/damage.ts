import fs from 'node:fs';
import path from 'node:path';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: '`store.json` is gone',
  life: 'A store without it is unreachable: nothing is concluded from what shows or does not.',
  world: 'alone',
  files: { dual: 'dual', offline: 'offline', releasing: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'releasing');
    fs.renameSync(
      path.join(scene.world.archiveDir, 'store.json'),
      path.join(scene.world.archiveDir, 'store.json.away'),
    );
    scene.afterwards(() =>
      fs.renameSync(
        path.join(scene.world.archiveDir, 'store.json.away'),
        path.join(scene.world.archiveDir, 'store.json'),
      ),
    );
  },
});
