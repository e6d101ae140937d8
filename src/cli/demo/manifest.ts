/** What must be the same at the end as at the beginning, for one name of a file. */
export interface FileRecord {
  /** Relative to the demo's filesystem. */
  readonly path: Buffer;
  readonly ino: bigint;
  readonly sha256: string;
  readonly sizeBytes: bigint;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly mtimeNs: bigint;
  /** A second mtime that is right too: see rewriteFile. */
  readonly otherMtimeNs?: bigint;
  /** Name to value in hex, hsmck's own attribute left out. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** All files, by `manifestKey` of their paths. */
export type Manifest = Map<string, FileRecord>;

/** Latin-1 maps each byte to one character, so that every path has its own key whatever its bytes. */
export const manifestKey = (path: Buffer): string => path.toString('latin1');
