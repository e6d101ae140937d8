import { damageCase } from '../damage-case.js';

export default damageCase({
  title: "An interrupted file got another file's attribute",
  life: 'Somebody tried to help. The intent is open, and the mark is of another inode.',
  world: 'common',
  files: { data: 'dual', other: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'data');
    scene.setAttribute('data', scene.attribute('other'));
  },
});
