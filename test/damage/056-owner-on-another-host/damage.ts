import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The owner of an intent is on another host',
  life: 'Whether it lives cannot be seen from here, so it counts as alive.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'data');
    scene.sql(
      "UPDATE owner SET host = 'elsewhere' WHERE owner_id = (SELECT owner_id FROM intent WHERE ino = ?)",
      'data',
    );
  },
});
