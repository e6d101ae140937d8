import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Another store lies where the archive was',
  life: 'The disks were mounted in the wrong order.',
  world: 'alone',
  files: { dual: 'dual', offline: 'offline', releasing: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-punch', 'releasing');
    const file = path.join(scene.world.archiveDir, 'store.json');
    const own = fs.readFileSync(file, 'utf8');
    const other = own.replace(/("store_id": *")[0-9a-f]{8}/, '$1deadbeef');
    expect(other).not.toBe(own);
    fs.writeFileSync(file, other);
    scene.afterwards(() => fs.writeFileSync(file, own));
  },
});
