import { damageCase } from '../damage-case.js';

export default damageCase({
  title: "Two files have each other's attribute",
  life: 'A script that saves and restores attributes mixed up two names. Rows and bytes decide.',
  world: 'common',
  files: { a: 'dual', b: 'dual', c: 'offline', d: 'offline' },
  damage: (scene) => {
    for (const [one, two] of [
      ['a', 'b'],
      ['c', 'd'],
    ] as const) {
      const [first, second] = [scene.attribute(one), scene.attribute(two)];
      scene.setAttribute(one, second);
      scene.setAttribute(two, first);
    }
  },
});
