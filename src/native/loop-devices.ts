/** Loop devices that are in use, as sysfs tells of them. */
import fs from 'node:fs';
import path from 'node:path';
import { isErrno, NativeError } from './native-error.js';

const SYS_BLOCK = '/sys/block';

export interface LoopDevice {
  readonly node: string;
  /** "major:minor" */
  readonly device: string;
  /** The file behind it. */
  readonly file: string;
}

function loopDevice(name: string): LoopDevice | undefined {
  try {
    const read = (fact: string): string => fs.readFileSync(path.join(SYS_BLOCK, name, fact), 'utf8').replace(/\n$/, '');
    return { node: `/dev/${name}`, device: read('dev'), file: read('loop/backing_file') };
  } catch (error) {
    // No file is behind it, or it went away meanwhile.
    const gone = NativeError.fromNode(error, name);
    if (isErrno(gone, 'ENOENT', 'ENODEV', 'ENXIO')) return undefined;
    throw gone;
  }
}

/** Those that a file is behind. sysfs is missing where it is not mounted: then there are none to be seen. */
export function listLoopDevices(): LoopDevice[] {
  const names = fs.existsSync(SYS_BLOCK) ? fs.readdirSync(SYS_BLOCK).filter((name) => name.startsWith('loop')) : [];
  return names.flatMap((name) => loopDevice(name) ?? []);
}
