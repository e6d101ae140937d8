import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The size of an offline file changed',
  life: 'Cut off, to nothing, grown, to nothing and back: the last leaves no trace but times.',
  world: 'common',
  files: { cut: 'offline', nothing: 'offline', grown: 'offline', back: 'offline' },
  damage: (scene) => {
    fs.truncateSync(scene.at('cut'), 10_000);
    fs.truncateSync(scene.at('nothing'));
    fs.truncateSync(scene.at('grown'), 1_000_000);
    const { size } = fs.statSync(scene.at('back'));
    fs.truncateSync(scene.at('back'));
    fs.truncateSync(scene.at('back'), size);
  },
});
