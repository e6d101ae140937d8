import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Recovery was told to complete where it would leave a file to a person',
  life: '`--prefer complete` says that files which were touched since were not emptied on purpose.',
  world: 'alone',
  files: { releasing: 'dual', recalling: 'offline', unmarked: 'dual' },
  options: ['--prefer', 'complete'],
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'releasing');
    await scene.kill('recall', 'before-fill', 'recalling');
    scene.punch('unmarked');
    scene.dropAttribute('unmarked');
    for (const label of ['releasing', 'recalling', 'unmarked']) fs.utimesSync(scene.at(label), 1_000_000, 1_000_000);
  },
});
