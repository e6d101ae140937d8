import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The intent is gone and the mark is not',
  life: "The catalog's row of the operation was lost. The marks alone have to do.",
  world: 'common',
  files: { releasing: 'dual', recalling: 'offline', removing: 'dual', archiving: 'resident' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'releasing');
    await scene.kill('recall', 'after-fill', 'recalling');
    await scene.kill('remove', 'after-mark', 'removing');
    await scene.kill('archive', 'after-verified', 'archiving');
    for (const label of ['releasing', 'recalling', 'removing', 'archiving'])
      scene.sql('DELETE FROM intent WHERE ino = ?', label);
  },
});
