import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'An older catalog was put back',
  life: 'It knows nothing of what was archived and released since.',
  world: 'alone',
  files: { dual: 'dual', offline: 'offline', later: 'resident', releasing: 'dual' },
  damage: async (scene) => {
    const { catalogPath } = scene.world;
    const older = fs.readFileSync(catalogPath);
    await scene.world.ok('archive', scene.at('later'));
    await scene.world.ok('release', scene.at('later'));
    await scene.kill('release', 'after-punch', 'releasing');
    for (const end of ['-wal', '-shm']) fs.rmSync(catalogPath + end, { force: true });
    fs.writeFileSync(catalogPath, older);
  },
});
