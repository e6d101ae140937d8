import { expect } from 'vitest';
import { BLOCK } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A power cut after an overwrite that only fdatasync made durable',
  life: 'The file has new bytes, and its old size, mtime and ctime. A release must not believe the times.',
  world: 'alone',
  files: { data: 'dual', releasing: 'dual' },
  damage: async (scene) => {
    scene.run('sync', '-f', scene.world.mountPoint);
    scene.run('xfs_io', '-d', '-c', `pwrite -S 0x5a 0 ${BLOCK}`, scene.at('data'));
    scene.cutPower();
    scene.know('data', 'overwritten');
    const released = await scene.world.ndjson(['release', scene.at('data'), scene.at('releasing')]);
    expect(released.of('file').map((file) => file['result'])).toEqual(['changed', 'released']);
  },
});
