import type { Ino } from '../../../src/native/inode-id.js';
import type { Fd } from '../../../src/native/io.js';
import { NativeError } from '../../../src/native/native-error.js';
import { enter } from '../kernel/world.js';

export class SingleInodeRequest {
  check(fd: Fd, ino: Ino): void {
    const inode = enter('bulkstat_single', `inode ${ino}`).files.get(fd, 'ioctl').fs.find(ino);
    if (inode === undefined) throw new NativeError('EINVAL', 'ioctl', `inode ${ino}`);
  }
}
