import type { Mount } from '../../../src/native/mountinfo.js';
import type { SimFilesystem } from '../kernel/sim-filesystem.js';
import { world } from '../kernel/world.js';

const mountOfFilesystem = ({ mountPoint, device }: SimFilesystem, index: number): Mount => ({
  id: BigInt(index + 1),
  device,
  root: Buffer.from('/'),
  mountPoint: Buffer.from(mountPoint),
  options: ['rw'],
  type: mountPoint === '/data' ? 'xfs' : 'ext4',
  source: Buffer.from('/dev/simulated'),
  superOptions: ['rw'],
});

export const listMounts = (): Mount[] => world().machine.filesystems.map(mountOfFilesystem);

export function mountOf(path: Buffer): Mount | undefined {
  const { fs } = world().machine.existing(path);
  return listMounts().find(({ device }) => device === fs.device);
}
