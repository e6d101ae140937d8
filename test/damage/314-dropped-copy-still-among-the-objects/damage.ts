import fs from 'node:fs';
import { expect } from 'vitest';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A copy that was dropped lies among the objects',
  life: 'A removal died between the catalog and the move, or somebody moved it back.',
  world: 'common',
  files: { data: 'dual' },
  damage: async (scene) => {
    const { status } = await scene.world.text(['remove', scene.at('data')]);
    expect(status).toBe(0);
    const from = scene.object('data').replace('/objects/', '/trash/');
    for (const end of ['', '.json']) fs.renameSync(from + end, scene.object('data') + end);
  },
});
