/** A file name is any bytes but / and NUL. All of them have to get through, whichever way they are given. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { quotePath } from '../../src/report/quote-path.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { asNdjson, CliWorld, type NdjsonResult } from './cli-world.js';

const NAMES: readonly Buffer[] = [
  Buffer.from('plain'),
  Buffer.from('with space'),
  Buffer.from('new\nline'),
  Buffer.from(' lead and trail '),
  Buffer.from('-leading-dash'),
  Buffer.from('--help'),
  Buffer.from('quote\'s "and" $(echo x) `y` \\n'),
  Buffer.from('tab\tescape\u001b[31m'),
  Buffer.from('grüße 漢字 🎉'),
  Buffer.from('latin \xfc\xff', 'latin1'),
  Buffer.from('surrogate \xed\xa0\x80', 'latin1'),
  Buffer.from('cut short \xe6\xbc', 'latin1'),
  Buffer.from('n'.repeat(255)),
];

describeAsRoot('a path of any bytes', () => {
  const scratch = useFilesystem();
  let world: CliWorld;
  let folder: string;
  const at = (name: Buffer): Buffer => Buffer.concat([Buffer.from(`${folder}/`), name]);

  beforeAll(async () => {
    world = new CliWorld(scratch());
    folder = world.at('names');
    fs.mkdirSync(folder);
    for (const name of NAMES) fs.writeFileSync(at(name), name);
    await world.init('--unguarded');
  });

  /** Every file got the result, under its very bytes. */
  function expectAll({ of, status }: NdjsonResult, result: string): void {
    const seen = of('file').map((file) => {
      expect(file['result']).toBe(result);
      const encoded = file['path_base64'];
      return typeof encoded === 'string' ? Buffer.from(encoded, 'base64') : Buffer.from(String(file['path']));
    });
    const expected = NAMES.map((name) => at(name).toString('latin1')).sort();
    expect(seen.map((name) => name.toString('latin1')).sort()).toEqual(expected);
    expect(status).toBe(0);
  }

  test('as an argument, as the shell gives it', async () => {
    const words = NAMES.map((name) => quotePath(at(name)));
    expectAll(asNdjson(await world.shell(`hsmck --format ndjson archive ${words.join(' ')}`)), 'archived');
  });

  test('as a relative argument behind --', async () => {
    const script = `cd ${quotePath(Buffer.from(folder))} && hsmck --format ndjson archive -- -leading-dash --help plain`;
    const { of, status } = asNdjson(await world.shell(script));
    expect(of('file').map(({ path: name, result }) => [name, result])).toEqual([
      ['-leading-dash', 'already'],
      ['--help', 'already'],
      ['plain', 'already'],
    ]);
    expect(status).toBe(0);
  });

  test('from a list on standard input that ends them with NUL', async () => {
    const input = Buffer.concat(NAMES.flatMap((name) => [at(name), Buffer.of(0)]));
    expectAll(await world.ndjson(['release', '--from-file', '-', '-0'], { input }), 'released');
  });

  test('as find -print0 gives them, the last without its end', async () => {
    expectAll(
      asNdjson(await world.shell(`find "$M/names" -type f -print0 | hsmck --format ndjson recall --from-file - -0`)),
      'recalled',
    );
    const cut = await world.ndjson(['recall', '--from-file', '-', '-0'], { input: at(Buffer.from('plain')) });
    expect(cut.of('file')).toHaveLength(1);
  });

  test('from a file with lines, but for those with a newline', async () => {
    const list = path.join(scratch().folder, 'list');
    const lines = NAMES.filter((name) => !name.includes('\n'));
    fs.writeFileSync(list, Buffer.concat(lines.flatMap((name) => [at(name), Buffer.from('\n')])));
    const { of, status } = await world.ndjson([
      'archive',
      '--from-file',
      list,
      at(Buffer.from('new\nline')).toString(),
    ]);
    expect(of('file')).toHaveLength(NAMES.length);
    expect(status).toBe(0);
  });

  test('by -r', async () => {
    expectAll(await world.ndjson(['remove', '-r', folder]), 'removed');
  });

  test('in text, quoted so that a shell takes it back', async () => {
    const { stdout } = await world.text(['archive', '-rv', folder]);
    const lines = stdout.trimEnd().split('\n').slice(0, -1);
    expect(lines).toHaveLength(NAMES.length);
    const words = lines.map((line) => line.replace(/^archived +/, ''));
    const echoed = await world.shell(`printf '%s\\0' ${words.join(' ')} | base64 -w0`);
    const back = Buffer.from(echoed.stdout, 'base64').toString('latin1').split('\0').slice(0, -1);
    expect(back.sort()).toEqual(NAMES.map((name) => at(name).toString('latin1')).sort());
  });

  test('named twice, or by two links, counts once', async () => {
    const first = world.write('links/first');
    fs.linkSync(first, world.at('links/second'));
    const args = ['archive', first, first, world.at('links/second'), `${world.at('links')}/../links/first`];
    const { of, summary } = await world.ok(...args);
    expect(of('file')).toMatchObject([{ path: first, result: 'archived' }]);
    expect(summary).toMatchObject({ files: 1 });
    const folderTwice = await world.ok('release', '-r', world.at('links'), world.at('links'));
    expect(folderTwice.of('file')).toMatchObject([{ result: 'released' }]);
  });

  test('in findings and actions', async () => {
    const latin = Buffer.from('latin \xfc\xff', 'latin1');
    await world.shell(`hsmck release ${quotePath(at(latin))}`, { fault: 'release:after-punch=kill' });
    const { of } = await world.ndjson(['check', world.mountPoint]);
    const [finding] = of('finding');
    expect(finding?.['path_base64']).toBe(at(latin).toString('base64'));
    const recovered = await world.ndjson(['recover', '--apply', world.mountPoint]);
    expect(recovered.of('action')[0]?.['path_base64']).toBe(at(latin).toString('base64'));
  });
});
