import { damageCase } from '../damage-case.js';

export default damageCase({
  title: "A file with data of its own got another file's attribute",
  life: "The bytes are neither the copy's nor missing: both are kept.",
  world: 'common',
  files: { data: 'dual', other: 'resident' },
  damage: (scene) => {
    scene.setAttribute('other', scene.attribute('data'));
  },
});
