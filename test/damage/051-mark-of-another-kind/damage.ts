import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The mark is of another kind of operation than the intent',
  life: 'The intent says release, the mark something else: two programs, or a defect.',
  world: 'common',
  files: { archiving: 'dual', recalling: 'dual', removing: 'dual', releasing: 'offline' },
  damage: async (scene) => {
    for (const label of ['archiving', 'recalling', 'removing']) await scene.kill('release', 'after-mark', label);
    await scene.kill('recall', 'before-fill', 'releasing');
    for (const [label, code] of [
      ['archiving', 1],
      ['recalling', 5],
      ['removing', 7],
      ['releasing', 3],
    ] as const)
      scene.forge(label, (bytes) => void bytes.writeUInt8(code, OFFSET.state));
  },
});
