import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The disk is full when recovery wants to fill',
  life: 'Nothing can be fetched. The files stay as they are, and are filled when there is room again.',
  world: 'alone',
  files: {
    recalling: { state: 'offline', content: noise('large', 2_000_000) },
    hole: { state: 'dual', content: noise('larger', 2_000_001) },
  },
  damage: async (scene) => {
    await scene.kill('recall', 'before-fill', 'recalling');
    scene.punch('hole', 0, 2_097_152);
    scene.fillDisk();
  },
});
