import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Interrupted files that were made immutable or append-only',
  life: "chattr +i and +a: the kernel refuses writes to them, root's too.",
  world: 'common',
  files: { immutable: 'dual', append: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'immutable');
    await scene.kill('release', 'after-punch', 'append');
    scene.run('chattr', '+i', scene.at('immutable'));
    scene.run('chattr', '+a', scene.at('append'));
    scene.afterwards(() => scene.run('chattr', '-i', '-a', scene.at('immutable'), scene.at('append')));
  },
});
