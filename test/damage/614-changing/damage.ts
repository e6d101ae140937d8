import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A file keeps changing while it is looked at',
  life: 'Two processes move its size and times all the time. Nothing can be said of it, and it is no damage.',
  world: 'alone',
  files: { data: 'dual' },
  until: 'changing',
  damage: async (scene) => {
    for (let process = 0; process < 2; process++)
      scene.keepRunning('perl', '-e', 'while (1) { truncate($ARGV[0], 1 + $n++ % 9999); }', scene.at('data'));
    await scene.untilChanged('data');
  },
});
