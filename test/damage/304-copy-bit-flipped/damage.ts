import { flipBit } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A bit of the copy flipped',
  life: 'Size and times are right. Only reading it back shows it.',
  world: 'deep',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    for (const label of ['dual', 'offline']) flipBit(scene.object(label));
  },
});
