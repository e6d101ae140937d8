import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createScratchFilesystem, sweepAbandonedScratch } from '../../src/cli/demo/scratch-filesystem.js';
import { builtFile } from '../support/run-node.js';
import { withFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';

const MIB = 1024 * 1024;
const mounts = (): string => fs.readFileSync('/proc/self/mountinfo', 'utf8');

describeAsRoot('scratch filesystem', () => {
  it.each(['xfs', 'ext4', 'btrfs'] as const)('makes, remounts and destroys %s', async (type) => {
    const folder = await withFilesystem({ type, sizeBytes: 512 * MIB }, (scratch) => {
      const file = path.join(scratch.mountPoint, 'file');
      fs.writeFileSync(file, 'kept');
      scratch.remount();
      expect(fs.readFileSync(file, 'utf8')).toBe('kept');
      scratch.unmount();
      expect(fs.existsSync(file)).toBe(false);
      scratch.mount(['ro']);
      expect(() => fs.writeFileSync(file, '')).toThrow(/EROFS/);
      return scratch.folder;
    });
    expect(fs.existsSync(folder)).toBe(false);
    expect(mounts()).not.toContain(folder);
  });

  it('is destroyed when busy, unmounted, or destroyed before', () => {
    const scratch = createScratchFilesystem({ type: 'ext4', sizeBytes: 64 * MIB });
    const fd = fs.openSync(path.join(scratch.mountPoint, 'open'), 'w');
    scratch.destroy();
    scratch.destroy();
    fs.closeSync(fd);
    expect(mounts()).not.toContain(scratch.folder);
  });

  it('leaves nothing when mkfs fails', () => {
    expect(() => createScratchFilesystem({ type: 'xfs', sizeBytes: MIB })).toThrow(/mkfs\.xfs/);
    expect(mounts()).not.toContain(`hsmck-scratch-${process.pid}-`);
  });

  it.each(['SIGKILL', 'exit'] as const)('goes after its maker ended by %s', async (ending) => {
    const script = `const { createScratchFilesystem: create } = await import(${JSON.stringify(builtFile('cli/demo/scratch-filesystem.js'))});
      console.log(create({ type: 'ext4', sizeBytes: ${64 * MIB} }).folder);
      if (${JSON.stringify(ending)} === 'SIGKILL') process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let folder = '';
    child.stdout.on('data', (chunk: Buffer) => (folder += chunk.toString()));
    await new Promise((resolve) => child.on('close', resolve));
    folder = folder.trim();
    expect(folder).toMatch(/hsmck-scratch-/);
    if (ending === 'SIGKILL') sweepAbandonedScratch();
    expect(fs.existsSync(folder)).toBe(false);
    expect(mounts()).not.toContain(folder);
  });
});
