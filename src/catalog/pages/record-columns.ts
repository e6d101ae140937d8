/** The columns that compiled code reads of records (assembly/). */

/**
 * Of a row of the table `file`, in the order in which they lie in a record: the table is WITHOUT ROWID, so the key comes first and
 * the other columns in the order of their declaration.
 */
export const FILE_RECORD_COLUMNS = [
  ['fs', 'INTEGER'],
  ['ino', 'INTEGER'],
  ['gen', 'INTEGER'],
  ['state', 'TEXT'],
  ['object_id', 'BLOB'],
  ['op', 'INTEGER'],
  ['btime_ns', 'INTEGER'],
  ['size', 'INTEGER'],
  ['mtime_ns', 'INTEGER'],
  ['ctime_ns', 'INTEGER'],
  ['nonzero_bytes', 'INTEGER'],
] as const;

/** Of a record of the index `file_by_object`: the column that is indexed, and the key of the table. */
export const BOUND_RECORD_COLUMNS = ['object_id', 'fs', 'ino', 'gen'] as const;

/** Of a row of the table `object`, the key first. */
export const OBJECT_RECORD_COLUMNS = [
  ['object_id', 'BLOB'],
  ['store_id', 'BLOB'],
  ['fs', 'INTEGER'],
  ['ino', 'INTEGER'],
  ['gen', 'INTEGER'],
  ['status', 'TEXT'],
] as const;
