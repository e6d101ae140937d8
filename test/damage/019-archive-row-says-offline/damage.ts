import { OFFSET } from '../../../src/dm/attribute-layout.js';
import { noise } from '../scene.js';
import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'A file under archiving whose row says that it is in the archive only',
  life: 'Three records of three ages: what is in the archive only is never archived, it would archive zeros.',
  world: 'common',
  files: { marked: 'dual', unmarked: 'dual', offline: 'resident' },
  damage: async (scene) => {
    for (const label of ['marked', 'unmarked']) scene.write(label, noise(`newer ${label}`), `newer ${label}`);
    await scene.kill('archive', 'after-mark', 'marked');
    await scene.kill('archive', 'after-intent', 'unmarked');
    await scene.kill('archive', 'after-attribute', 'offline');
    for (const label of ['marked', 'unmarked']) scene.sql("UPDATE file SET state = 'offline' WHERE ino = ?", label);
    scene.forge('offline', (bytes) => void bytes.writeUInt8(4, OFFSET.state));
  },
});
