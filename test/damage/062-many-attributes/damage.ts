import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Interrupted files whose attributes do not fit into the inode',
  life: "Other extended attributes have moved hsmck's to a leaf block, and to a tree with values outside of it.",
  world: 'common',
  files: { leaf: 'dual', remote: 'dual' },
  damage: async (scene) => {
    const many = (label: string, count: number, bytes: number): void => {
      for (let index = 0; index < count; index++)
        scene.run('setfattr', '-n', `user.attribute-${index}`, '-v', 'x'.repeat(bytes), scene.at(label));
    };
    many('leaf', 10, 100);
    many('remote', 12, 4000);
    await scene.kill('release', 'after-punch', 'leaf');
    await scene.kill('release', 'before-attribute', 'remote');
  },
});
