/**
 * Which errors each call of the ports can return. Data; the sources are the man pages of section 2 (ioctl_xfs_bulkstat(2),
 * fcntl(2), fsync(2), xattr(7), ...), sqlite.org/rescode.html, and for XFS's ioctls the kernel: EUCLEAN stands for
 * EFSCORRUPTED, EIO for a filesystem that was shut down. Left out are numbers that are answers and not failures (ENODATA
 * of fgetxattr, ENXIO of lseek, EEXIST, ENOENT) and those that only a wrong argument gives (EBADF, EFAULT, EINVAL).
 */

/** How a call goes wrong. */
export type FaultMode =
  /** It does nothing and returns the error. */
  | 'fail'
  /** It does its work and returns an error all the same: what a lost reply or a failed flush looks like. */
  | 'after'
  /** It reads or writes half of what was asked for. */
  | 'short'
  /** It reads or writes nothing, without an error. */
  | 'zero'
  /** SQLite has rolled the whole transaction back by itself. */
  | 'rollback';

export interface Fault {
  readonly mode: FaultMode;
  readonly code: string;
  /** Every later call of the same kind fails too: a disk that is full, or dead, stays so. */
  readonly sticky?: boolean;
}

const fails = (...codes: readonly string[]): Fault[] => codes.map((code) => ({ mode: 'fail', code }));
const does = (...codes: readonly string[]): Fault[] => codes.map((code) => ({ mode: 'after', code }));
const forEver = (...codes: readonly string[]): Fault[] => codes.map((code) => ({ mode: 'fail', code, sticky: true }));

const SYNC = [...fails('EIO', 'ENOSPC', 'EDQUOT', 'EINTR'), ...does('EIO'), ...forEver('EIO')];
const LOOK_BY_HANDLE = fails('EIO', 'ESTALE', 'EUCLEAN', 'ENOMEM', 'EPERM');

export const FAULT_TABLE: Readonly<Record<string, readonly Fault[]>> = {
  'ioctl BULKSTAT': [...fails('EIO', 'EUCLEAN', 'ENOMEM', 'EPERM'), ...forEver('EIO')],
  'ioctl INUMBERS': [...fails('EIO', 'EUCLEAN', 'ENOMEM', 'EPERM'), ...forEver('EIO')],
  'ioctl FSBULKSTAT_SINGLE': fails('EIO', 'EUCLEAN', 'ENOMEM'),
  'ioctl FSGEOMETRY': fails('EIO'),
  'ioctl AG_GEOMETRY': fails('EIO', 'EUCLEAN'),
  'ioctl PATH_TO_FSHANDLE': fails('EIO', 'ENOMEM', 'EPERM'),
  'ioctl OPEN_BY_HANDLE': [...LOOK_BY_HANDLE, ...fails('EMFILE', 'ENFILE', 'EROFS', 'EAGAIN', 'ETXTBSY')],
  'ioctl ATTRMULTI_BY_HANDLE': [...LOOK_BY_HANDLE, ...forEver('EIO')],
  'ioctl FICLONE': fails('EIO', 'ENOSPC', 'EDQUOT', 'EPERM', 'EROFS', 'EOPNOTSUPP', 'ETXTBSY', 'EXDEV'),
  'ioctl GETVERSION': fails('EIO'),
  'fcntl F_SETFD': fails('EIO'),
  'fcntl F_SETLEASE': fails('EAGAIN', 'ENOMEM', 'EACCES'),
  'fcntl F_GETLEASE': fails('EIO'),
  'fcntl F_UNLCK': fails('EAGAIN', 'ENOLCK', 'ENOMEM'),
  flock: fails('EAGAIN', 'EINTR', 'ENOLCK', 'EIO'),
  statx: fails('EIO', 'ENOMEM', 'EUCLEAN', 'ESTALE'),
  fgetxattr: fails('EIO', 'ERANGE', 'EUCLEAN', 'ENOMEM'),
  getxattr: fails('EIO', 'ERANGE', 'EUCLEAN', 'ENOMEM'),
  fsetxattr: [...fails('EIO', 'ENOSPC', 'EDQUOT', 'EPERM', 'EROFS', 'EUCLEAN'), ...does('EIO'), ...forEver('ENOSPC')],
  // ENODATA: somebody else has taken it away, so it is gone.
  fremovexattr: [...fails('EIO', 'ENOSPC', 'EPERM', 'EROFS'), ...does('EIO', 'ENODATA')],
  flistxattr: fails('EIO', 'ERANGE'),
  fallocate: [...fails('EIO', 'EINTR', 'ENOSPC', 'EPERM', 'EOPNOTSUPP', 'ETXTBSY'), ...does('EIO')],
  'lseek SEEK_DATA': fails('EIO', 'EUCLEAN'),
  'lseek SEEK_HOLE': fails('EIO', 'EUCLEAN'),
  futimens: fails('EIO', 'EPERM', 'EROFS'),
  fsync: SYNC,
  fdatasync: SYNC,
  syncfs: SYNC,
  posix_fadvise: fails('ESPIPE'),
  name_to_handle_at: fails('EIO', 'EOPNOTSUPP', 'EPERM', 'ESTALE'),
  open_by_handle_at: [...LOOK_BY_HANDLE, ...fails('EMFILE', 'ENFILE')],
  open: [
    ...fails('EIO', 'EMFILE', 'ENFILE', 'ENOMEM', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT', 'EROFS', 'EINTR', 'ESTALE'),
    ...forEver('EMFILE'),
  ],
  close: fails('EIO', 'EINTR', 'ENOSPC', 'EDQUOT'),
  read: [
    { mode: 'short', code: 'short' },
    { mode: 'zero', code: 'end of file' },
    ...fails('EIO', 'EINTR', 'ESTALE', 'EUCLEAN'),
    ...forEver('EIO'),
  ],
  write: [
    { mode: 'short', code: 'short' },
    { mode: 'zero', code: 'nothing written' },
    ...fails('EIO', 'ENOSPC', 'EDQUOT', 'EINTR', 'EFBIG', 'EPERM'),
    ...forEver('ENOSPC'),
  ],
  ftruncate: fails('EIO', 'EINTR', 'ENOSPC', 'EDQUOT', 'EPERM', 'EROFS'),
  mkdir: fails('EIO', 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EMLINK'),
  rename: [...fails('EIO', 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'ESTALE'), ...does('EIO')],
  unlink: [...fails('EIO', 'EROFS', 'EPERM', 'EBUSY'), ...does('EIO')],
  rmdir: fails('EIO', 'ENOTEMPTY', 'EBUSY', 'EROFS'),
  rm: fails('EIO', 'EROFS', 'EPERM', 'EBUSY'),
  readdir: fails('EIO', 'EMFILE', 'ENOMEM', 'ESTALE', 'EACCES'),
  readFile: fails('EIO', 'EMFILE', 'ENOMEM', 'EINTR'),
  access: fails('EIO', 'EROFS', 'EACCES'),
  exists: [{ mode: 'fail', code: 'unseen' }],
  fstat: fails('EIO', 'ENOMEM', 'EUCLEAN', 'ESTALE'),
  lstat: fails('EIO', 'ENOMEM', 'EUCLEAN', 'ESTALE', 'EACCES'),
  statfs: fails('EIO'),
  link: fails('EIO', 'ENOSPC', 'EDQUOT', 'EROFS', 'EMLINK', 'EPERM'),
  realpath: fails('EIO', 'ENOMEM', 'EACCES'),
  'sqlite open': fails('SQLITE_CANTOPEN', 'SQLITE_IOERR', 'SQLITE_BUSY'),
  'sqlite prepare': fails('SQLITE_BUSY', 'SQLITE_IOERR_READ', 'SQLITE_CORRUPT'),
  'sqlite exec': fails('SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_BUSY'),
  'sqlite PRAGMA': fails('SQLITE_BUSY', 'SQLITE_IOERR_READ', 'SQLITE_NOTADB', 'SQLITE_READONLY'),
  'sqlite BEGIN': fails('SQLITE_BUSY', 'SQLITE_IOERR_LOCK', 'SQLITE_READONLY'),
  'sqlite COMMIT': [
    ...fails('SQLITE_FULL', 'SQLITE_IOERR_FSYNC', 'SQLITE_BUSY'),
    ...does('SQLITE_IOERR_FSYNC'),
    ...forEver('SQLITE_FULL'),
    { mode: 'rollback', code: 'SQLITE_IOERR_WRITE' },
  ],
  'sqlite SAVEPOINT': fails('SQLITE_IOERR', 'SQLITE_NOMEM'),
  'sqlite RELEASE': fails('SQLITE_FULL', 'SQLITE_IOERR_WRITE'),
  'sqlite read': [...fails('SQLITE_IOERR_READ', 'SQLITE_BUSY', 'SQLITE_CORRUPT'), ...forEver('SQLITE_IOERR_READ')],
  'sqlite write': [
    ...fails('SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_BUSY', 'SQLITE_READONLY', 'SQLITE_CORRUPT'),
    ...forEver('SQLITE_FULL'),
    { mode: 'rollback', code: 'SQLITE_FULL' },
  ],
};

/** The faults of a call. @throws for one that the table does not have: a new port wants a row */
export function faultsFor(symbol: string): readonly Fault[] {
  const faults = FAULT_TABLE[symbol];
  if (faults === undefined) throw new Error(`fault-table.ts does not say how "${symbol}" can fail`);
  return faults;
}
