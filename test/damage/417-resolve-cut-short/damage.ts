import fs from 'node:fs';
import { damageCase } from '../damage-case.js';
import { BLOCK, noise, type Scene } from '../scene.js';

/** Cut off, and grown to the old size again. */
function regrow(scene: Scene, label: string): void {
  const { size } = fs.statSync(scene.at(label));
  fs.truncateSync(scene.at(label), 0);
  fs.truncateSync(scene.at(label), size);
}

export default damageCase({
  title: 'A person decided which side counts, and the command died',
  life: 'Before the mark, behind it, behind the data, behind the attribute, behind the row; other bytes, and none.',
  world: 'common',
  files: {
    'archive, no mark': 'offline',
    'archive, marked': 'offline',
    'archive, filled': 'offline',
    'file, no mark': 'offline',
    'file, marked': 'offline',
    'file, unmarked': 'offline',
    'file, unbound': 'offline',
    'written, no mark': 'offline',
    'written, marked': 'offline',
    'written, then removed by hand': 'offline',
  },
  damage: async (scene) => {
    for (const label of scene.labels('offline')) {
      if (!label.startsWith('written')) regrow(scene, label);
      else {
        scene.patch(label, BLOCK, noise(label, BLOCK));
        scene.know(label, `${label}: written`);
      }
    }
    await scene.killResolve('archive', 'recall:after-intent', 'archive, no mark');
    await scene.killResolve('archive', 'recall:before-fill', 'archive, marked');
    await scene.killResolve('archive', 'recall:after-attribute', 'archive, filled');
    await scene.killResolve('file', 'remove:after-intent', 'file, no mark');
    await scene.killResolve('file', 'remove:after-mark', 'file, marked');
    await scene.killResolve('file', 'remove:after-settle-sync', 'file, unmarked');
    await scene.killResolve('file', 'remove:after-trash', 'file, unbound');
    await scene.killResolve('file', 'remove:after-intent', 'written, no mark');
    await scene.killResolve('file', 'remove:after-mark', 'written, marked');
    await scene.killResolve('file', 'remove:after-mark', 'written, then removed by hand');
    scene.dropAttribute('written, then removed by hand');
  },
});
