import fs from 'node:fs';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Sidecars cannot be read',
  life: "Cut off, or another file's.",
  world: 'common',
  files: { cut: 'offline', swapped: 'offline', other: 'offline', interrupted: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'interrupted');
    fs.truncateSync(`${scene.object('cut')}.json`, 20);
    fs.truncateSync(`${scene.object('interrupted')}.json`, 20);
    fs.copyFileSync(`${scene.object('other')}.json`, `${scene.object('swapped')}.json`);
  },
});
