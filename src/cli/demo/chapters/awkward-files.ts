import { formatBytes, formatCount, plural } from '../../../report/format-amount.js';
import type { Chapter } from '../demo-world.js';
import { makeFiles } from '../make-files.js';
import { takeManifest } from '../take-manifest.js';

/** Makes the files and writes down what they are like. */
export const awkwardFiles: Chapter = {
  name: 'files',
  title: 'Files of every awkward kind',
  run: async (world) => {
    const { teller, scratch, options, figures } = world;
    const { signal } = options;
    await makeFiles(scratch.mountPoint, signal, (count) => teller.status(`making file ${formatCount(count)}`));
    const root = Buffer.from(scratch.mountPoint);
    const onFile = (count: number): void => teller.status(`writing down file ${formatCount(count)}`);
    world.manifest = await takeManifest(root, signal, onFile);

    const sizes = new Map([...world.manifest.values()].map(({ ino, sizeBytes }) => [ino, sizeBytes]));
    const totalBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0n);
    figures.files = world.manifest.size;
    teller.say(
      `${plural(figures.files, 'name')} of ${plural(sizes.size, 'file')}, ${formatBytes(totalBytes)}: empty, one byte, a ` +
        'block and a byte, zeros, holes, preallocated, many MiB; hard links; newlines and broken UTF-8 in names; setuid, ' +
        'capabilities, ACLs, attributes; dates from 1965 to 2400.',
    );
    teller.say('Of each is noted: SHA-256, size, mode, owner, links, attributes, mtime to the nanosecond.');
    return { files: figures.files, inodes: sizes.size, bytes: String(totalBytes) };
  },
};
