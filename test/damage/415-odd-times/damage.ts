import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Files with times before 1677 and behind 2262',
  life: 'Nanoseconds of such times do not fit into 64 bits. XFS goes to 2486; earlier ones are cut at 1901.',
  world: 'common',
  files: { early: 'dual', late: 'dual', 'late offline': 'offline', 'late unmarked': 'offline' },
  arrange: (scene) => {
    scene.run('touch', '--date=1901-12-14 00:00:00 UTC', scene.at('early'));
    for (const label of ['late', 'late offline', 'late unmarked'])
      scene.run('touch', '--date=2400-01-01 00:00:00.987654321 UTC', scene.at(label));
  },
  damage: (scene) => {
    for (const label of ['early', 'late']) scene.sql('UPDATE file SET op = op - 1 WHERE ino = ?', label);
    fs.chmodSync(scene.at('late offline'), 0o600);
    scene.dropAttribute('late unmarked');
  },
});
