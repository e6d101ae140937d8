import fs from 'node:fs';
import { noise, type Scene } from '../scene.js';
import { damageCase } from '../damage-case.js';

const bind = (scene: Scene, label: string, keeper: string): void => {
  scene.dropAttribute(label);
  scene.sql('UPDATE file SET object_id = ? WHERE ino = ?', label, scene.idBytes(keeper));
};

export default damageCase({
  title: 'Two rows name one copy, and one file has no attribute',
  life: 'The file that identifies itself keeps the copy. The others: whole, empty, emptied, empty with a lost copy.',
  world: 'common',
  files: {
    keeper: { state: 'dual', content: noise('shared') },
    whole: { state: 'dual', content: noise('shared') },
    hole: 'dual',
    emptied: 'dual',
    lost: 'dual',
    'lost keeper': 'offline',
  },
  damage: (scene) => {
    for (const label of ['whole', 'hole', 'emptied']) bind(scene, label, 'keeper');
    bind(scene, 'lost', 'lost keeper');
    for (const label of ['hole', 'emptied', 'lost']) scene.punch(label);
    // The clock is coarse: two files that were made one after the other may have one mtime, or not.
    fs.utimesSync(scene.at('hole'), 2_000_000, 2_000_000);
    fs.utimesSync(scene.at('emptied'), 1_000_000, 1_000_000);
    fs.rmSync(scene.object('lost keeper'));
  },
});
