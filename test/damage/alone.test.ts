/** Damage to a filesystem, a catalog or a store as a whole: each case has a world of its own. */
import { describeWorld } from './gallery-suite.js';
import { loadGallery } from './gallery.js';

for (const one of (await loadGallery()).filter(({ world }) => world === 'alone')) describeWorld(one.name, [one]);
