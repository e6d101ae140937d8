import fs from 'node:fs';
import path from 'node:path';
import { PosixStore } from '../../src/archive/posix-store.js';
import { scratchFolder } from '../unit/archive/scratch.js';
import { archiveStoreContract } from './archive-store-contract.js';
import { OWNER } from './sample-object.js';

archiveStoreContract('PosixStore', async () => {
  const folder = path.join(scratchFolder(), 'store');
  const store = await PosixStore.create(Buffer.from(folder), OWNER);
  return {
    store,
    takeAway: () => {
      fs.renameSync(folder, `${folder}-elsewhere`);
      fs.mkdirSync(folder);
    },
    damage: (objectId) => {
      const hex = objectId.replaceAll('-', '');
      const file = path.join(folder, 'objects', hex.slice(4, 6), hex.slice(6, 8), objectId);
      const fd = fs.openSync(file, 'r+');
      fs.writeSync(fd, 'X', 5000);
      fs.closeSync(fd);
    },
  };
});
