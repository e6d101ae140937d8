import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'Blocks without data in an offline file',
  life: 'fallocate reserved space, inside of the file and behind its end. Reserved is not written.',
  world: 'common',
  files: { inside: 'offline', behind: 'offline' },
  damage: (scene) => {
    scene.keepingTimes('inside', () => scene.run('fallocate', '--keep-size', '--length', '40960', scene.at('inside')));
    scene.keepingTimes('behind', () =>
      scene.run('fallocate', '--keep-size', '--offset', '53248', '--length', '40960', scene.at('behind')),
    );
  },
});
