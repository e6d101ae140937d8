import { formatBytes } from '../../../report/format-amount.js';
import type { Chapter } from '../demo-world.js';
import { unexpectedEnd } from '../run-hsmck.js';
import { IMAGE_BYTES } from '../scratch-size.js';

/** Registers the scratch filesystem, which is there already. */
export const aFilesystem: Chapter = {
  name: 'filesystem',
  title: 'A throw-away filesystem',
  run: async ({ teller, scratch, archiveFolder, hsmck }) => {
    teller.say(
      `XFS of ${formatBytes(IMAGE_BYTES)} in a sparse image, archive and catalog beside it; all gone at the end.`,
    );
    const run = await hsmck(['init', scratch.mountPoint, '--archive', archiveFolder, '--unguarded']);
    if (run.status !== 0) throw unexpectedEnd(run, 'status 0');
    teller.timed('init', 'registered the filesystem and its archive', run.seconds);
    return { device: scratch.device, folder: scratch.folder };
  },
};
