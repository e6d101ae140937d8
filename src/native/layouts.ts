/**
 * Struct layouts of the kernel's interfaces: byte offsets and sizes, little-endian, as on every architecture that Node
 * runs on here. Each names the C struct and the header that defines it; test/native/layouts.test.ts compiles a C
 * program against those headers and compares every number.
 */

export interface StructLayout {
  readonly cName: string;
  /** Header that defines the struct. */
  readonly header: string;
  readonly sizeBytes: number;
  /** C field expression -> [offset, size] in bytes. */
  readonly fields: Readonly<Record<string, readonly [offset: number, size: number]>>;
}

const layout = <F extends Record<string, readonly [number, number]>>(
  header: string,
  cName: string,
  sizeBytes: number,
  fields: F,
): StructLayout & { readonly fields: F } => ({ header, cName, sizeBytes, fields });

const XFS_FS_H = 'xfs/xfs.h';

export const BULK_IREQ = layout(XFS_FS_H, 'struct xfs_bulk_ireq', 64, {
  ino: [0, 8],
  flags: [8, 4],
  icount: [12, 4],
  ocount: [16, 4],
  agno: [20, 4],
});

export const BULKSTAT = layout(XFS_FS_H, 'struct xfs_bulkstat', 192, {
  bs_ino: [0, 8],
  bs_size: [8, 8],
  bs_blocks: [16, 8],
  bs_xflags: [24, 8],
  bs_mtime: [40, 8],
  bs_ctime: [48, 8],
  bs_btime: [56, 8],
  bs_gen: [64, 4],
  bs_uid: [68, 4],
  bs_gid: [72, 4],
  bs_projectid: [76, 4],
  bs_mtime_nsec: [84, 4],
  bs_ctime_nsec: [88, 4],
  bs_btime_nsec: [92, 4],
  bs_blksize: [96, 4],
  bs_nlink: [112, 4],
  bs_forkoff: [126, 2],
  bs_mode: [132, 2],
});

export const INUMBERS = layout(XFS_FS_H, 'struct xfs_inumbers', 24, {
  xi_startino: [0, 8],
  xi_allocmask: [8, 8],
  xi_alloccount: [16, 1],
  xi_version: [17, 1],
});

export const FSOP_BULKREQ = layout(XFS_FS_H, 'struct xfs_fsop_bulkreq', 32, {
  lastip: [0, 8],
  icount: [8, 4],
  ubuffer: [16, 8],
  ocount: [24, 8],
});

/** What XFS_IOC_FSBULKSTAT_SINGLE fills in; only its size matters, for struct xfs_bulkstat says more. */
export const BSTAT = layout(XFS_FS_H, 'struct xfs_bstat', 136, { bs_ino: [0, 8] });

/** The first 112 bytes are what every version of the ioctl fills; the 256-byte form is asked for. */
export const FSOP_GEOM = layout(XFS_FS_H, 'struct xfs_fsop_geom', 256, {
  blocksize: [0, 4],
  agblocks: [8, 4],
  agcount: [12, 4],
  sectsize: [20, 4],
  inodesize: [24, 4],
  datablocks: [32, 8],
  rtblocks: [40, 8],
  logstart: [56, 8],
  uuid: [64, 16],
  flags: [92, 4],
});

export const AG_GEOMETRY = layout(XFS_FS_H, 'struct xfs_ag_geometry', 128, {
  ag_number: [0, 4],
  ag_length: [4, 4],
  ag_icount: [12, 4],
  ag_ifree: [16, 4],
});

export const FSOP_HANDLEREQ = layout(XFS_FS_H, 'struct xfs_fsop_handlereq', 56, {
  fd: [0, 4],
  path: [8, 8],
  oflags: [16, 4],
  ihandle: [24, 8],
  ihandlen: [32, 4],
  ohandle: [40, 8],
  ohandlen: [48, 8],
});

export const ATTRMULTI_HANDLEREQ = layout(XFS_FS_H, 'struct xfs_fsop_attrmulti_handlereq', 72, {
  'hreq.ihandle': [24, 8],
  'hreq.ihandlen': [32, 4],
  opcount: [56, 4],
  ops: [64, 8],
});

export const ATTR_MULTIOP = layout(XFS_FS_H, 'struct xfs_attr_multiop', 32, {
  am_opcode: [0, 4],
  am_error: [4, 4],
  am_attrname: [8, 8],
  am_attrvalue: [16, 8],
  am_length: [24, 4],
  am_flags: [28, 4],
});

export const XFS_HANDLE = layout(XFS_FS_H, 'struct xfs_handle', 24, {
  'ha_fid.fid_len': [8, 2],
  'ha_fid.fid_pad': [10, 2],
  'ha_fid.fid_gen': [12, 4],
  'ha_fid.fid_ino': [16, 8],
});

export const STATX = layout('linux/stat.h', 'struct statx', 256, { stx_mnt_id: [144, 8] });

export const TIMESPEC_PAIR = layout('time.h', 'struct timespec', 16, { tv_sec: [0, 8], tv_nsec: [8, 8] });

/** All layouts, for the test that holds them against the headers. */
export const ALL_LAYOUTS: readonly StructLayout[] = [
  BULK_IREQ,
  BULKSTAT,
  INUMBERS,
  FSOP_BULKREQ,
  BSTAT,
  FSOP_GEOM,
  AG_GEOMETRY,
  FSOP_HANDLEREQ,
  ATTRMULTI_HANDLEREQ,
  ATTR_MULTIOP,
  XFS_HANDLE,
  STATX,
  TIMESPEC_PAIR,
];
