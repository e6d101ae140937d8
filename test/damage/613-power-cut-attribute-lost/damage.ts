import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A power cut takes the settled attribute away',
  life: 'Killed after the last write of each operation, and the last sync had not been.',
  world: 'alone',
  files: { releasing: 'dual', recalling: 'offline', removing: 'dual', archiving: 'resident' },
  damage: async (scene) => {
    scene.run('sync', '-f', scene.world.mountPoint);
    await scene.kill('release', 'after-attribute', 'releasing');
    await scene.kill('recall', 'after-attribute', 'recalling');
    await scene.kill('remove', 'after-attribute', 'removing');
    await scene.kill('archive', 'after-attribute', 'archiving');
    scene.cutPower();
  },
});
