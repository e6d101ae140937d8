import { damageCase } from '../damage-case.js';

export default damageCase({
  title: 'The attribute is empty, short, or too long',
  life: 'Something that is not hsmck wrote the name.',
  world: 'common',
  files: { empty: 'dual', short: 'offline', long: 'dual', huge: 'offline' },
  damage: (scene) => {
    scene.run('setfattr', '-n', scene.attributeName, scene.at('empty'));
    scene.setAttribute('short', scene.attribute('short').subarray(0, 63));
    scene.setAttribute('long', Buffer.concat([scene.attribute('long'), Buffer.from([0])]));
    scene.setAttribute('huge', Buffer.alloc(60_000, 'huge'));
  },
});
