import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { findOwnDescriptor } from '../../src/catalog/own-descriptor.js';
import { openPath } from '../../src/native/io.js';
import { shutDownFilesystem } from '../../src/native/xfs-geometry.js';
import { withFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';

describeAsRoot('a descriptor of ones own', () => {
  it('is found, whatever else is open: a file of a filesystem that was shut down, too', async () => {
    await withFilesystem({}, (scratch) => {
      const dead = path.join(scratch.mountPoint, 'log of the shell');
      const own = path.join(scratch.folder, 'catalog');
      for (const file of [dead, own]) fs.writeFileSync(file, '');
      const deadFd = fs.openSync(dead, 'r');
      const rootFd = openPath(Buffer.from(scratch.mountPoint), fs.constants.O_RDONLY);
      shutDownFilesystem(rootFd, 'flush-log', 'scratch');
      expect(() => fs.fstatSync(deadFd)).toThrow(/EIO/);
      expect(findOwnDescriptor(own)).toBeUndefined();
      const ownFd = fs.openSync(own, 'r');
      expect(findOwnDescriptor(own)).toBe(ownFd);
      for (const fd of [ownFd, deadFd, rootFd]) fs.closeSync(fd);
    });
  });
});
