import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Two rows name one copy, and one of the files was interrupted',
  life: 'With and without an open intent; the other file has no attribute.',
  world: 'common',
  files: { marked: 'dual', 'marked twin': 'dual', intent: 'dual', 'intent twin': 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'before-punch', 'marked');
    await scene.kill('release', 'after-intent', 'intent');
    scene.sql('DELETE FROM intent WHERE ino = ?', 'marked');
    for (const label of ['marked', 'intent']) {
      scene.dropAttribute(`${label} twin`);
      scene.sql('UPDATE file SET object_id = ? WHERE ino = ?', `${label} twin`, scene.idBytes(label));
    }
  },
});
