import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The catalog is gone',
  life: 'A new one cannot take over what it does not know; every command refuses.',
  world: 'alone',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    scene.moveAway(scene.world.catalogPath);
  },
});
