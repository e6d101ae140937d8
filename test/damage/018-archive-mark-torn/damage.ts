import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The mark `archiving` is torn',
  life: 'Half of the attribute was written. A torn mark counts as none.',
  world: 'common',
  files: { data: 'resident' },
  damage: async (scene) => {
    await scene.kill('archive', 'before-mark', 'data', 'tear');
  },
});
