import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A power cut takes the mark of an operation away',
  life: 'The intent was durable, the mark was not.',
  world: 'alone',
  files: { releasing: 'dual', archiving: 'resident', removing: 'dual' },
  damage: async (scene) => {
    scene.run('sync', '-f', scene.world.mountPoint);
    await scene.kill('release', 'after-mark', 'releasing');
    await scene.kill('archive', 'after-mark', 'archiving');
    await scene.kill('remove', 'after-mark', 'removing');
    scene.cutPower();
  },
});
