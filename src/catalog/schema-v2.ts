/**
 * Version 2 of the tables: what is remembered of a rollback that the administrator accepted; docs/format.md, section 2.
 */
export const SCHEMA_V2 = `
ALTER TABLE filesystem ADD COLUMN accepted_op INTEGER NOT NULL DEFAULT 0 CHECK (accepted_op >= 0);
ALTER TABLE filesystem ADD COLUMN kept_op INTEGER NOT NULL DEFAULT 0 CHECK (kept_op >= 0);

CREATE TABLE former_epoch (
  epoch INTEGER PRIMARY KEY CHECK (epoch > 0),
  left_ms INTEGER NOT NULL,
  why TEXT NOT NULL
) STRICT;
`;
