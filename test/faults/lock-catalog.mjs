// Holds the write lock of a SQLite database until it is told to let go. usage: lock-catalog.mjs FILE
import Database from 'better-sqlite3';

const db = new Database(process.argv[2], { fileMustExist: true });
db.exec('BEGIN EXCLUSIVE');
process.on('message', () => {
  db.exec('ROLLBACK');
  db.close();
  process.exit(0);
});
process.send('locked');
