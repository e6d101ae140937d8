import { BLOCK } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Ranges of a dual file were collapsed, inserted, zeroed',
  life: 'fallocate(2) in all of its forms; the program put mtime back.',
  world: 'common',
  files: { collapsed: 'dual', inserted: 'dual', zeroed: 'dual', unshared: 'dual' },
  damage: (scene) => {
    scene.keepingTimes('collapsed', () =>
      scene.run('xfs_io', '-c', `fcollapse ${BLOCK} ${BLOCK}`, scene.at('collapsed')),
    );
    scene.keepingTimes('inserted', () => scene.run('xfs_io', '-c', `finsert ${BLOCK} ${BLOCK}`, scene.at('inserted')));
    scene.keepingTimes('zeroed', () => scene.run('xfs_io', '-c', `fzero ${BLOCK} ${BLOCK}`, scene.at('zeroed')));
    scene.keepingTimes('unshared', () => scene.run('xfs_io', '-c', `funshare 0 ${BLOCK}`, scene.at('unshared')));
    for (const label of ['collapsed', 'inserted', 'zeroed']) scene.know(label, `${label}, newer`);
  },
});
