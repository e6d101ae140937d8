/**
 * Version 1 of the tables; docs/format.md, section 2. Every table is STRICT, rows that are read by key are clustered by
 * it. 64-bit unsigned quantities stay below 2^63, for SQLite's integers are signed. Names end as the code's do:
 * `_ns` nanoseconds since 1970, `_ms` milliseconds since 1970; sizes are bytes.
 */
const REGISTRY = `
CREATE TABLE catalog (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  catalog_id BLOB NOT NULL CHECK (length(catalog_id) = 16),
  epoch INTEGER NOT NULL CHECK (epoch > 0),
  next_op INTEGER NOT NULL CHECK (next_op > 0),
  op_limit INTEGER NOT NULL CHECK (op_limit >= next_op),
  announced_limit INTEGER NOT NULL CHECK (announced_limit >= op_limit),
  change_seq INTEGER NOT NULL CHECK (change_seq >= 0)
) STRICT;

CREATE TABLE store (
  store_id BLOB PRIMARY KEY CHECK (length(store_id) = 16),
  kind TEXT NOT NULL,
  location BLOB NOT NULL,
  registered_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE filesystem (
  fs INTEGER PRIMARY KEY CHECK (fs BETWEEN 0 AND 4294967295),
  random_id BLOB NOT NULL UNIQUE CHECK (length(random_id) = 16),
  type TEXT NOT NULL,
  uuid BLOB,
  namespace TEXT NOT NULL CHECK (namespace IN ('trusted', 'user')),
  guarded INTEGER NOT NULL CHECK (guarded IN (0, 1)),
  mount_hint BLOB NOT NULL,
  store_id BLOB NOT NULL REFERENCES store,
  root_ino INTEGER NOT NULL,
  root_gen INTEGER NOT NULL,
  mark_limit INTEGER NOT NULL CHECK (mark_limit >= 0),
  mark_announced INTEGER NOT NULL CHECK (mark_announced >= mark_limit),
  registered_ms INTEGER NOT NULL
) STRICT;
`;

/**
 * `object.fs` and `file.object_id` refer to nothing by constraint: a catalog rebuilt from an archive has objects of
 * filesystems that are gone, and one rebuilt from a filesystem has bindings whose object is missing.
 */
const BINDINGS = `
CREATE TABLE file (
  fs INTEGER NOT NULL REFERENCES filesystem,
  ino INTEGER NOT NULL CHECK (ino >= 0),
  gen INTEGER NOT NULL CHECK (gen BETWEEN 0 AND 4294967295),
  state TEXT NOT NULL CHECK (state IN ('dual', 'offline')),
  object_id BLOB NOT NULL CHECK (length(object_id) = 16),
  op INTEGER NOT NULL CHECK (op >= 0),
  btime_ns INTEGER NOT NULL,
  size INTEGER NOT NULL CHECK (size >= 0),
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  nonzero_bytes INTEGER NOT NULL CHECK (nonzero_bytes >= 0),
  change_seq INTEGER NOT NULL,
  path_hint BLOB,
  PRIMARY KEY (fs, ino, gen)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_by_object ON file (object_id);

CREATE TABLE object (
  object_id BLOB PRIMARY KEY CHECK (length(object_id) = 16),
  store_id BLOB NOT NULL REFERENCES store,
  fs INTEGER NOT NULL CHECK (fs BETWEEN 0 AND 4294967295),
  ino INTEGER NOT NULL CHECK (ino >= 0),
  gen INTEGER NOT NULL CHECK (gen BETWEEN 0 AND 4294967295),
  status TEXT NOT NULL CHECK (status IN ('incomplete', 'complete', 'verified', 'trash', 'purged')),
  op INTEGER NOT NULL CHECK (op >= 0),
  size INTEGER NOT NULL CHECK (size >= 0),
  mtime_ns INTEGER NOT NULL,
  sha256 BLOB CHECK (length(sha256) = 32),
  grain_bytes INTEGER NOT NULL CHECK (grain_bytes > 0),
  nonzero_map BLOB,
  nonzero_bytes INTEGER NOT NULL CHECK (nonzero_bytes >= 0),
  map_coarse INTEGER NOT NULL CHECK (map_coarse IN (0, 1)),
  created_ms INTEGER NOT NULL,
  verified_ms INTEGER,
  trashed_ms INTEGER,
  trash_reason TEXT,
  path_hint BLOB,
  CHECK (status NOT IN ('complete', 'verified') OR (sha256 IS NOT NULL AND nonzero_map IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX object_by_inode ON object (fs, ino);
CREATE INDEX object_not_verified ON object (store_id, status, object_id) WHERE status <> 'verified';
`;

const OPERATIONS = `
CREATE TABLE owner (
  owner_id BLOB PRIMARY KEY CHECK (length(owner_id) = 16),
  pid INTEGER NOT NULL,
  host TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  lock_file BLOB NOT NULL,
  command TEXT NOT NULL,
  started_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE intent (
  op INTEGER PRIMARY KEY,
  fs INTEGER NOT NULL REFERENCES filesystem,
  ino INTEGER NOT NULL CHECK (ino >= 0),
  gen INTEGER NOT NULL CHECK (gen BETWEEN 0 AND 4294967295),
  kind TEXT NOT NULL CHECK (kind IN ('archive', 'release', 'recall', 'remove')),
  object_id BLOB NOT NULL CHECK (length(object_id) = 16),
  previous_object_id BLOB CHECK (length(previous_object_id) = 16),
  owner_id BLOB NOT NULL REFERENCES owner,
  size INTEGER NOT NULL CHECK (size >= 0),
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  opened_ms INTEGER NOT NULL,
  path_hint BLOB,
  UNIQUE (fs, ino, gen)
) STRICT;
CREATE INDEX intent_by_owner ON intent (owner_id);
`;

const HISTORY = `
CREATE TABLE scan (
  scan_id INTEGER PRIMARY KEY AUTOINCREMENT,
  fs INTEGER NOT NULL REFERENCES filesystem,
  command TEXT NOT NULL,
  source TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
  inodes INTEGER NOT NULL,
  managed INTEGER NOT NULL,
  findings INTEGER NOT NULL,
  exit_code INTEGER
) STRICT;
CREATE INDEX scan_by_filesystem ON scan (fs, scan_id);

CREATE TABLE scan_checkpoint (
  scan_id INTEGER NOT NULL REFERENCES scan,
  partition INTEGER NOT NULL,
  next_ino INTEGER NOT NULL CHECK (next_ino >= 0),
  done INTEGER NOT NULL CHECK (done IN (0, 1)),
  PRIMARY KEY (scan_id, partition)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding (
  finding_id INTEGER PRIMARY KEY AUTOINCREMENT,
  scan_id INTEGER NOT NULL REFERENCES scan,
  fs INTEGER NOT NULL REFERENCES filesystem,
  class TEXT NOT NULL,
  severity TEXT NOT NULL,
  ino INTEGER CHECK (ino >= 0),
  gen INTEGER CHECK (gen BETWEEN 0 AND 4294967295),
  state TEXT,
  why TEXT NOT NULL,
  facts TEXT NOT NULL,
  action TEXT NOT NULL,
  outcome TEXT,
  found_ms INTEGER NOT NULL,
  settled_ms INTEGER
) STRICT;
CREATE INDEX finding_by_scan ON finding (scan_id);
CREATE INDEX finding_unsettled ON finding (fs, finding_id) WHERE settled_ms IS NULL;
`;

/** The statements that make an empty database a catalog of version 1. */
export const SCHEMA_V1 = REGISTRY + BINDINGS + OPERATIONS + HISTORY;
