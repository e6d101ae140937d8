import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The copy of a half released file lies in the trash',
  life: 'Somebody tidied the store by hand. Nothing is lost yet, but only the trash has the data.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'data');
    scene.trash('data');
  },
});
