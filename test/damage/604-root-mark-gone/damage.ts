import { expect } from 'vitest';
import { dropDmAttribute, readDmAttribute } from '../../cli/attribute-damage.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The mark on the root inode is gone',
  life: 'Nothing proves which filesystem this is.',
  world: 'alone',
  files: { dual: 'dual', offline: 'offline' },
  damage: (scene) => {
    const bytes = readDmAttribute(scene.world.mountPoint);
    expect(bytes).toHaveLength(64);
    dropDmAttribute(scene.world.mountPoint);
  },
});
