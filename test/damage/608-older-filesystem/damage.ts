import path from 'node:path';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'An older filesystem was put back',
  life: 'The catalog knows of operations that this filesystem never saw: dual there is offline here, and the reverse.',
  world: 'alone',
  files: { dual: 'dual', offline: 'offline', later: 'resident' },
  damage: async (scene) => {
    const older = path.join(scene.world.scratch.folder, 'older');
    scene.unmounted((device) => scene.run('cp', '--sparse=always', device, older));
    await scene.world.ok('release', scene.at('dual'));
    await scene.world.ok('recall', scene.at('offline'));
    await scene.world.ok('archive', scene.at('later'));
    scene.unmounted((device) => scene.run('dd', `if=${older}`, `of=${device}`, 'bs=1M', 'conv=notrunc'));
  },
});
