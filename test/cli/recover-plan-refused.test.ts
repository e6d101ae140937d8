/** Plans that do not fit, are damaged or may not be written: a sentence, and nothing is changed. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld } from './cli-world.js';
import { expectRefusal, expectSentence } from './refusal.js';

/** A plan's lines with the seal that fits them. */
function sealed(lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\n`).join('');
  const sha256 = createHash('sha256').update(text).digest('hex');
  return `${text}${JSON.stringify({ type: 'end', actions: lines.length - 1, sha256 })}\n`;
}

const editHeader =
  (fields: object) =>
  (lines: readonly string[]): string => {
    const [header = '{}', ...actions] = lines.slice(0, -1);
    return sealed([JSON.stringify({ ...(JSON.parse(header) as object), ...fields }), ...actions]);
  };

const UUID = '01a204cc-202a-751e-8000-000000000000';

const CASES: Readonly<Record<string, readonly [(lines: readonly string[]) => string, RegExp]>> = {
  'for another filesystem': [editHeader({ filesystem: UUID }), /for another filesystem/],
  'for another catalog': [editHeader({ catalog: UUID }), /for another catalog than/],
  'of another epoch': [editHeader({ epoch: '1' }), /for another epoch of the catalog: make a new one/],
  'of a newer version': [
    editHeader({ version: 2 }),
    /a plan of version 2, this hsmck knows up to 1: use a newer hsmck/,
  ],
  'cut short': [(lines) => lines.slice(0, -1).join('\n'), /is cut short/],
  'without its end': [(lines) => `${lines.slice(0, -1).join('\n')}\n`, /is cut short: its end is missing/],
  'with a line less': [
    (lines) => `${lines.toSpliced(1, 1).join('\n')}\n`,
    /is not as it was written.*leave an action out/,
  ],
  'with another inode': [
    (lines) => `${lines.join('\n').replace(/"ino":"\d+"/, '"ino":"128"')}\n`,
    /is not as it was written/,
  ],
  empty: [() => '', /is no plan of hsmck: it is empty/],
  'that is something else': [() => 'hello\n', /is no plan of hsmck: its first line is not JSON/],
};

describeAsRoot('a plan that is refused', () => {
  const scratch = useFilesystem();
  let world: CliWorld;
  let plan: string;
  let lines: readonly string[];

  beforeAll(async () => {
    world = new CliWorld(scratch());
    await world.init('--unguarded');
    const files = ['a', 'b'].map((name) => world.write(name));
    await world.ok('archive', ...files);
    for (const file of files) fs.chmodSync(file, 0o600);
    plan = path.join(scratch().folder, 'plan.ndjson');
    await world.text(['recover', world.mountPoint, '--plan', plan]);
    lines = fs.readFileSync(plan, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(4);
  }, 120_000);

  test.each(Object.entries(CASES))('one %s', async (name, [edit, message]) => {
    const bad = `${plan}.${name.replaceAll(' ', '-')}`;
    fs.writeFileSync(bad, edit(lines));
    const catalog = fs.readFileSync(world.catalogPath);
    const store = fs.readFileSync(path.join(world.archiveDir, 'store.json'));
    await expectRefusal(world, { args: ['recover', world.mountPoint, '--apply', '--plan', bad], message });
    expect(fs.readFileSync(world.catalogPath).equals(catalog), 'the catalog, byte by byte').toBe(true);
    expect(fs.readFileSync(path.join(world.archiveDir, 'store.json')).equals(store), 'the mark of the store').toBe(
      true,
    );
  });

  test('one that is not there', async () => {
    const args = ['recover', world.mountPoint, '--apply', '--plan', `${plan}.none`];
    await expectRefusal(world, { args, message: /plan\.ndjson\.none: ENOENT/ });
  });

  const refusedPlaces: readonly (readonly [string, () => string, RegExp])[] = [
    ['on the filesystem itself', () => world.at('plan'), /lies on the filesystem that the plan is about/],
    ['where something is', () => plan, /is there already: name another file, or remove it/],
    ['in a folder that is not there', () => path.join(scratch().folder, 'none', 'plan'), /no such file or directory/],
  ];

  test.each(refusedPlaces)('is not written %s', async (_, place, message) => {
    const before = fs.readFileSync(plan);
    await expectRefusal(world, { args: ['recover', world.mountPoint, '--plan', place()], message });
    expect(fs.readFileSync(plan).equals(before)).toBe(true);
  });

  test('is not written unless everything was looked at', async () => {
    const away = `${world.archiveDir}.away`;
    fs.renameSync(world.archiveDir, away);
    try {
      const result = await world.text(['recover', world.mountPoint, '--plan', `${plan}.partial`]);
      expectSentence(result, /no plan was written: not everything was looked at/);
      expect(result.status === null ? 0 : result.status & 8).toBe(8);
      expect(fs.readdirSync(path.dirname(plan)).filter((name) => name.includes('partial'))).toEqual([]);
    } finally {
      fs.renameSync(away, world.archiveDir);
    }
  });

  test('the plan itself is fine', async () => {
    const { status, stdout } = await world.text(['recover', world.mountPoint, '--apply', '--plan', plan]);
    expect(stdout).toMatch(/2 actions of the plan made at 20/);
    expect(status).toBe(1);
  });
});

describeAsRoot('two filesystems of one catalog', () => {
  const one = useFilesystem();
  const other = useFilesystem();

  test('keep their plans apart', async () => {
    const worlds = [new CliWorld(one()), new CliWorld(one())];
    const [first, second] = worlds as [CliWorld, CliWorld];
    await first.init('--unguarded');
    const init = ['init', other().mountPoint, '--archive', first.archiveDir, '--unguarded'];
    expect((await second.text(init)).status).toBe(0);
    const plan = path.join(one().folder, 'plan.ndjson');
    expect((await first.text(['recover', one().mountPoint, '--plan', plan])).status).toBe(0);
    const args = ['recover', other().mountPoint, '--apply', '--plan', plan];
    await expectRefusal(first, { args, message: /for another filesystem \(then mounted at/ });
    expect((await first.text(['recover', one().mountPoint, '--apply', '--plan', plan])).status).toBe(0);
  });
});
