import fs from 'node:fs';
import path from 'node:path';
import { objectPath } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Things in the store that this catalog did not put there',
  life: 'Notes, an object without a sidecar, one of another catalog, one of another epoch, a copy in a folder that is not its own, a corrupt sidecar.',
  world: 'alone',
  files: { data: 'dual', misplaced: 'offline', epoch: 'dual', other: 'dual' },
  damage: (scene) => {
    const objects = path.join(scene.world.archiveDir, 'objects');
    fs.writeFileSync(path.join(objects, 'notes.txt'), 'who put this here?');
    const stranger = (objectId: string, sidecar: string | undefined): void => {
      const file = path.join(objects, objectPath(objectId));
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, 'bytes');
      if (sidecar !== undefined) fs.writeFileSync(`${file}.json`, sidecar);
    };
    stranger('019a0000-0000-7000-8000-000000000001', undefined);
    stranger('019a0000-0000-7000-8000-000000000002', 'no JSON at all');
    for (const [label, field] of [
      ['epoch', 'epoch'],
      ['other', 'catalog_id'],
    ] as const) {
      const file = `${scene.object(label)}.json`;
      const sidecar = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, string>;
      const value = field === 'epoch' ? '4711' : '00000000-0000-4000-8000-000000000000';
      fs.writeFileSync(file, JSON.stringify({ ...sidecar, [field]: value }));
      scene.sql('DELETE FROM object WHERE ino = ?', label);
    }
    fs.renameSync(scene.object('misplaced'), path.join(objects, path.basename(scene.object('misplaced'))));
  },
});
