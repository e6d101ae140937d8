/** Version 3 of the tables: the file capability that an operation takes along; docs/format.md, section 2. */
export const SCHEMA_V3 = `
ALTER TABLE intent ADD COLUMN capability BLOB;
`;
