import { BLOCK } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Files of nothing but zeros, each at another step',
  life: 'Nothing can be lost of them, and holes prove nothing.',
  world: 'common',
  files: {
    dual: { state: 'dual', content: Buffer.alloc(3 * BLOCK) },
    recalled: { state: 'offline', content: Buffer.alloc(3 * BLOCK + 1) },
    unmarked: { state: 'dual', content: Buffer.alloc(3 * BLOCK + 2) },
  },
  damage: async (scene) => {
    await scene.kill('release', 'after-intent', 'dual');
    await scene.kill('recall', 'before-fill', 'recalled');
    await scene.kill('release', 'after-punch', 'unmarked');
    scene.dropAttribute('unmarked');
  },
});
