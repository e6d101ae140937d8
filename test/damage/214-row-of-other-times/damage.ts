import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Size or times in the row were altered',
  life: "The catalog's idea of the file is not the file's.",
  world: 'common',
  files: { mtime: 'dual', ctime: 'dual', size: 'dual', 'offline mtime': 'offline', 'offline size': 'offline' },
  damage: (scene) => {
    scene.sql('UPDATE file SET mtime_ns = mtime_ns - 1 WHERE ino = ?', 'mtime');
    scene.sql('UPDATE file SET ctime_ns = ctime_ns - 1 WHERE ino = ?', 'ctime');
    scene.sql('UPDATE file SET size = size - 1 WHERE ino = ?', 'size');
    scene.sql('UPDATE file SET mtime_ns = mtime_ns - 1 WHERE ino = ?', 'offline mtime');
    scene.sql('UPDATE file SET size = size - 1 WHERE ino = ?', 'offline size');
  },
});
