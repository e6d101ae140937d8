import { BLOCK } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Odd files, each with an operation that was cut short',
  life: 'Empty, all zeros, only a hole, mostly a hole, preallocated behind the end, and times from 1931 and 2400.',
  world: 'common',
  files: {
    empty: { state: 'dual', content: Buffer.alloc(0) },
    zeros: { state: 'dual', content: Buffer.alloc(5 * BLOCK + 7) },
    hole: 'dual',
    sparse: 'dual',
    preallocated: 'dual',
    old: 'dual',
    late: 'dual',
  },
  arrange: (scene) => {
    scene.run('truncate', '-s', '0', scene.at('hole'));
    scene.run('truncate', '-s', String(9 * BLOCK + 100), scene.at('hole'));
    scene.run('truncate', '-s', '8388611', scene.at('sparse'));
    scene.run('fallocate', '--keep-size', '--length', '1048576', scene.at('preallocated'));
    scene.run('touch', '--date=1931-05-06 07:08:09.123456789 UTC', scene.at('old'));
    scene.run('touch', '--date=2400-01-01 00:00:00.987654321 UTC', scene.at('late'));
  },
  damage: async (scene) => {
    for (const label of ['empty', 'zeros', 'hole', 'sparse', 'preallocated', 'old', 'late'])
      await scene.kill('release', 'after-punch', label);
  },
});
