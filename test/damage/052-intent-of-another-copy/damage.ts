import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The open intent names another copy than the file',
  life: 'The row of the intent was altered. One file has the mark, one does not, one is bound already, one has no intent at all but a row that differs.',
  world: 'common',
  files: { marked: 'dual', settled: 'dual', bound: 'resident', row: 'dual', other: 'dual' },
  damage: async (scene) => {
    await scene.kill('release', 'after-mark', 'marked');
    await scene.kill('release', 'after-intent', 'settled');
    await scene.kill('archive', 'after-attribute', 'bound');
    await scene.kill('release', 'after-mark', 'row');
    for (const label of ['marked', 'settled', 'bound'])
      scene.sql('UPDATE intent SET object_id = ? WHERE ino = ?', label, scene.idBytes('other'));
    scene.sql('DELETE FROM intent WHERE ino = ?', 'row');
    scene.sql('UPDATE file SET object_id = ? WHERE ino = ?', 'row', Buffer.alloc(16, 7));
  },
});
