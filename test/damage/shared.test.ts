/** Damage to single files: the cases of a world share a filesystem. */
import { describeWorld } from './gallery-suite.js';
import { loadGallery } from './gallery.js';

const cases = await loadGallery();

for (const world of ['common', 'deleted', 'deep', 'user'] as const)
  describeWorld(
    world,
    cases.filter((one) => one.world === world),
  );
