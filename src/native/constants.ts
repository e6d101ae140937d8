/**
 * Numbers of the kernel's interface that Node does not export. Sources: xfs/xfs_fs.h, linux/fs.h, linux/fcntl.h,
 * linux/falloc.h, asm-generic/fcntl.h; the same test that checks the layouts checks these.
 */
export const IOCTL = {
  XFS_IOC_BULKSTAT: 0x8040587f,
  XFS_IOC_INUMBERS: 0x80405880,
  XFS_IOC_FSBULKSTAT_SINGLE: 0xc0205866,
  XFS_IOC_FSGEOMETRY: 0x8100587e,
  XFS_IOC_AG_GEOMETRY: 0xc080583d,
  XFS_IOC_GOINGDOWN: 0x8004587d,
  XFS_IOC_PATH_TO_FSHANDLE: 0xc0385868,
  XFS_IOC_OPEN_BY_HANDLE: 0xc038586b,
  XFS_IOC_ATTRMULTI_BY_HANDLE: 0x4048587b,
  FICLONE: 0x40049409,
  FIFREEZE: 0xc0045877,
  FITHAW: 0xc0045878,
  FS_IOC_GETVERSION: 0x80087601,
} as const;

export const BULK_IREQ_AGNO = 1;
export const BULK_IREQ_NREXT64 = 4;
export const XFS_XFLAG_HASATTR = 0x80000000;

export const FCNTL = {
  F_GETFD: 1,
  F_SETFD: 2,
  F_SETLEASE: 1024,
  F_GETLEASE: 1025,
  F_RDLCK: 0,
  F_WRLCK: 1,
  F_UNLCK: 2,
  FD_CLOEXEC: 1,
} as const;

export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;

export const SEEK_DATA = 3;
export const SEEK_HOLE = 4;

export const FALLOC_FL_KEEP_SIZE = 1;
export const FALLOC_FL_PUNCH_HOLE = 2;

export const POSIX_FADV_DONTNEED = 4;
export const UTIME_OMIT = 0x3ffffffe;

export const AT_EMPTY_PATH = 0x1000;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_FDCWD = -100;

export const STATX_MNT_ID = 0x1000;

export const S_IFMT = 0o170000;
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;
export const S_IFLNK = 0o120000;

export const O_PATH = 0o10000000;
export const O_TMPFILE = 0o20000000 | 0o200000;
export const O_CLOEXEC = 0o2000000;
