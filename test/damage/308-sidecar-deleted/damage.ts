import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The sidecars of copies are gone',
  life: 'The catalog knows what they said. Data is as it was.',
  world: 'common',
  files: { dual: 'dual', offline: 'offline', interrupted: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'interrupted');
    for (const label of ['dual', 'offline', 'interrupted']) fs.rmSync(`${scene.object(label)}.json`);
  },
});
