/** A plan is written, hours pass, and it is carried out: what changed meanwhile is left alone, the rest is done. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld, type NdjsonResult } from './cli-world.js';
import type { NdjsonRecord } from './ndjson-contract.js';
import { stateOf, stateOfTree } from './world-state.js';

const FILE_BYTES = 64 * 1024;
const content = (name: string): Buffer => Buffer.alloc(FILE_BYTES, `content of ${name}, `);

/** Name -> what happens to the archived file so that recovery has something to do, and the class that it is found as. */
const DAMAGE: Readonly<Record<string, { readonly as: string; readonly by: string }>> = {
  'half released': { as: 'interrupted', by: 'release' },
  'half released, mode': { as: 'interrupted', by: 'release' },
  'half released, gone': { as: 'open-intent', by: 'release and delete' },
  'half recalled': { as: 'interrupted', by: 'recall' },
  'half recalled, attribute': { as: 'interrupted', by: 'recall' },
  'half archived': { as: 'interrupted', by: 'archive' },
  'mode changed': { as: 'metadata-changed', by: 'chmod' },
  'mode changed, written': { as: 'metadata-changed', by: 'chmod' },
  'mode changed, deleted': { as: 'metadata-changed', by: 'chmod' },
  'owner changed, recalled': { as: 'metadata-changed', by: 'chown offline' },
  deleted: { as: 'row-without-inode', by: 'delete' },
};
const NAMES = Object.keys(DAMAGE);
const by = (...ways: readonly string[]): string[] => NAMES.filter((name) => ways.includes(DAMAGE[name]?.by ?? ''));

const STEP: Readonly<Record<string, string>> = {
  release: 'release:after-punch',
  recall: 'recall:after-fill',
  archive: 'archive:after-put',
};

/** Killed, or where a failure alone leaves traces, failed with EIO: then the catalog is closed in order. */
async function interrupt(world: CliWorld, operation: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const isKilled = operation === 'archive';
    const fault = `${STEP[operation] ?? ''}=${isKilled ? 'kill' : 'eio'}`;
    expect((await world.text([operation, file], { fault })).shellStatus).toBe(isKilled ? 137 : 8);
  }
}

async function prepare(world: CliWorld): Promise<void> {
  const at = (names: readonly string[]): string[] => names.map((name) => world.at(`d/${name}`));
  for (const name of NAMES) world.write(`d/${name}`, content(name));
  await world.init('--unguarded');
  await world.ok('archive', ...at(NAMES.filter((name) => DAMAGE[name]?.by !== 'archive')));
  await world.ok('release', ...at(by('recall', 'chown offline')));
  await interrupt(world, 'archive', at(by('archive')));
  await interrupt(world, 'release', at(by('release', 'release and delete')));
  await interrupt(world, 'recall', at(by('recall')));
  for (const file of at(by('chmod'))) fs.chmodSync(file, 0o600);
  for (const file of at(by('chown offline'))) fs.chownSync(file, 7, 7);
  for (const file of at(by('delete', 'release and delete'))) fs.rmSync(file);
}

const nameOf = (record: NdjsonRecord): string => path.basename(String(record['path']));
const results = ({ of }: NdjsonResult): Record<string, string> =>
  Object.fromEntries(
    of('action').map((action) => [
      `${nameOf(action)}${action['action'] === 'forget' ? ' (forget)' : ''}`,
      String(action['result']),
    ]),
  );

const ALL = [...NAMES.filter((name) => name !== 'deleted'), 'deleted (forget)', 'half released, gone (forget)'].sort();
const every = (result: string): Record<string, string> => Object.fromEntries(ALL.map((name) => [name, result]));

const readLines = (file: string): NdjsonRecord[] =>
  fs
    .readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as NdjsonRecord);

const dryRun = (world: CliWorld, plan: string): Promise<NdjsonResult> =>
  world.ndjson(['recover', world.mountPoint, '--dry-run', '--plan', plan]);
const apply = (world: CliWorld, plan: string, ...more: readonly string[]): Promise<NdjsonResult> =>
  world.ndjson(['recover', world.mountPoint, '--apply', '--plan', plan, ...more]);

/** All that a command could have changed, but for the marks of its run: every run that may write raises them. */
function everything(world: CliWorld): unknown {
  const { files, archive, catalog } = stateOf(world);
  const filesystem = (catalog['filesystem'] ?? []).map((row) =>
    Object.fromEntries(Object.entries(row as object).filter(([column]) => !column.startsWith('mark_'))),
  );
  return {
    files,
    archive,
    catalog: { ...catalog, filesystem },
    trash: stateOfTree(path.join(world.archiveDir, 'trash')),
  };
}

describeAsRoot('a plan, and nothing changes', () => {
  const scratch = useFilesystem();
  let world: CliWorld;
  let plan: string;
  let planned: NdjsonResult;

  beforeAll(async () => {
    world = new CliWorld(scratch());
    plan = path.join(scratch().folder, 'plan.ndjson');
    await prepare(world);
    planned = await dryRun(world, plan);
  }, 240_000);

  test('the dry run says what the plan says, and the status is that of any dry run', () => {
    expect(planned.stderr).toBe('');
    expect(planned.status).toBe(4);
    expect(results(planned)).toEqual(every('planned'));
    expect(planned.summary).toMatchObject({ applied: false, plan, plan_actions: ALL.length, planned: ALL.length });
  });

  test('the plan can be read by people and programs', () => {
    const [header, ...rest] = readLines(plan);
    expect(header).toMatchObject({ type: 'plan', version: 1, mount: world.mountPoint, prefer: 'auto' });
    expect(Object.keys(header ?? {})).toEqual([
      'type',
      'version',
      'created',
      'mount',
      'filesystem',
      'catalog',
      'epoch',
      'prefer',
    ]);
    expect(rest.at(-1)).toMatchObject({
      type: 'end',
      actions: ALL.length,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const actions = rest.slice(0, -1);
    expect(actions.map(nameOf).sort()).toEqual([...NAMES, 'half released, gone'].sort());
    for (const action of actions) {
      expect(action).toMatchObject({ type: 'action', skip: false, why: expect.any(String), seen: expect.any(Object) });
      if (action['action'] !== 'forget') expect(action['class']).toBe(DAMAGE[nameOf(action)]?.as);
    }
    const half = actions.find((action) => nameOf(action) === 'half released');
    expect(half).toMatchObject({
      kind: 'complete',
      action: 'punch',
      from: 'releasing',
      to: 'offline',
      facts: { attribute: 'releasing', intent: 'release', object: 'good', copy_sha256: expect.any(String) },
      seen: {
        size: String(FILE_BYTES),
        ctime_ns: expect.any(String),
        attribute_state: 'releasing',
        attribute_bytes: expect.stringMatching(/^[0-9a-f]{128}$/),
        row_change: expect.any(String),
        intent_op: expect.any(String),
      },
    });
  });

  test('only its owner may read it', () => {
    expect(fs.statSync(plan).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(path.dirname(plan)).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('a wish for another way is wrong usage', async () => {
    const before = everything(world);
    const { status, stderr } = await apply(world, plan, '--prefer', 'revert');
    expect({ status, stderr }).toEqual({ status: 16, stderr: expect.stringMatching(/made with --prefer auto/) });
    expect(everything(world)).toEqual(before);
  });

  test('an action that is left out by hand is left out', async () => {
    const copy = `${plan}.narrow`;
    const lines = fs.readFileSync(plan, 'utf8').split('\n');
    const isMine = (line: string): boolean => /mode changed"|"end"|"plan"/.test(line) || line === '';
    fs.writeFileSync(
      copy,
      lines.map((line) => (isMine(line) ? line : line.replace('"skip":false', '"skip":true'))).join('\n'),
    );
    const { status, of } = await apply(world, copy);
    expect(results({ of } as NdjsonResult)).toEqual({ ...every('skipped'), 'mode changed': 'done' });
    expect(
      of('action')
        .filter(({ result }) => result === 'skipped')
        .map(({ why }) => why),
    ).toEqual(ALL.slice(1).map(() => 'it was left out of the plan by hand'));
    expect(status).toBe(1 | 4);
  });

  test('hours later all of it is done', async () => {
    scratch().remount();
    const { status, stderr, summary, of } = await apply(world, plan);
    expect(stderr).toBe('');
    expect(results({ of } as NdjsonResult)).toEqual({ ...every('done'), 'mode changed': 'already' });
    expect(summary).toMatchObject({ applied: true, plan, corrected: ALL.length - 1, already: 1, uncorrected: 0 });
    expect(status).toBe(1);
    const audit = await world.ndjson(['audit', '--deep', world.mountPoint]);
    expect({ found: audit.of('finding'), status: audit.status }).toEqual({ found: [], status: 0 });
  });

  test('the second time nothing is changed, and it says so', async () => {
    const before = everything(world);
    const { status, summary, of } = await apply(world, plan);
    expect(results({ of } as NdjsonResult)).toEqual(every('already'));
    expect(summary).toMatchObject({ corrected: 0, already: ALL.length, uncorrected: 0 });
    expect(status).toBe(0);
    const { stdout } = await world.text(['recover', world.mountPoint, '--apply', '--plan', plan]);
    expect(stdout).toMatch(/nothing was changed: 0 completed, 0 reverted, 0 repaired, 12 already done, 0 left/);
    expect(everything(world)).toEqual(before);
  });

  test('every byte is there', async () => {
    const left = NAMES.filter((name) => !by('delete', 'release and delete').includes(name));
    await world.ok(
      'recall',
      ...left.filter((name) => DAMAGE[name]?.by !== 'archive').map((name) => world.at(`d/${name}`)),
    );
    for (const name of left) expect(fs.readFileSync(world.at(`d/${name}`)).equals(content(name)), name).toBe(true);
  });
});

describeAsRoot('a plan, and files change', () => {
  const scratch = useFilesystem();
  let world: CliWorld;
  let plan: string;
  let applied: NdjsonResult;
  let untouched: Readonly<Record<string, string>>;

  const CHANGED: Readonly<Record<string, RegExp>> = {
    'half released, mode': /^changed since the plan was made: ctime_ns was \d+ and is \d+$/,
    'half recalled, attribute': /attribute was own and is none, attribute_state was recalling and is none/,
    'mode changed, written': /^changed since the plan was made: mtime_ns was \d+ and is \d+, ctime_ns was/,
    'mode changed, deleted': /inode was present and is gone/,
    'owner changed, recalled': /attribute_state was offline and is dual.*row_state was offline and is dual/,
  };

  beforeAll(async () => {
    world = new CliWorld(scratch());
    plan = path.join(scratch().folder, 'plan.ndjson');
    await prepare(world);
    expect((await dryRun(world, plan)).status).toBe(4);
    scratch().remount();
    const at = (name: string): string => world.at(`d/${name}`);
    fs.chmodSync(at('half released, mode'), 0o640);
    execFileSync('setfattr', ['-x', 'trusted.hsmck', at('half recalled, attribute')]);
    fs.writeFileSync(at('mode changed, written'), Buffer.alloc(FILE_BYTES, 'new'));
    fs.rmSync(at('mode changed, deleted'));
    await world.ok('recall', at('owner changed, recalled'));
    untouched = stateOfTree(world.at('d'));
    applied = await apply(world, plan);
  }, 240_000);

  test('what changed is skipped and told, the rest is done', () => {
    const expected = { ...every('done') };
    for (const name of Object.keys(CHANGED)) expected[name] = 'skipped';
    expect(results(applied)).toEqual(expected);
    expect(applied.status).toBe(1 | 4);
    expect(applied.summary).toMatchObject({ uncorrected: Object.keys(CHANGED).length, complete: true });
  });

  test.each(Object.entries(CHANGED))('%s', (name, why) => {
    const action = applied.of('action').find((one) => nameOf(one) === name);
    expect(String(action?.['why'])).toMatch(why);
    expect(stateOfTree(world.at('d'))[name], 'nothing was done to it').toBe(untouched[name]);
  });

  test('the second time nothing is changed', async () => {
    const before = everything(world);
    const again = await apply(world, plan);
    const expected = { ...every('already') };
    for (const name of Object.keys(CHANGED)) expected[name] = 'skipped';
    expect(results(again)).toEqual(expected);
    expect(again.status).toBe(4);
    expect(everything(world)).toEqual(before);
  });

  test('a file that somebody has open is skipped', async () => {
    fs.chmodSync(world.at('d/half archived'), 0o644);
    const fresh = `${plan}.fresh`;
    await dryRun(world, fresh);
    const fd = fs.openSync(world.at('d/half archived'), 'r+');
    try {
      const { of, status } = await apply(world, fresh);
      const action = of('action').find((one) => nameOf(one) === 'half archived');
      expect(action).toMatchObject({ result: 'skipped', why: 'somebody has it open' });
      expect(status === null ? 0 : status & 4).toBe(4);
    } finally {
      fs.closeSync(fd);
    }
  });
});

describeAsRoot('carrying out a plan is cut short', () => {
  const scratch = useFilesystem();

  test('by a crash: applied again it does the rest, and a recovery what was half done', async () => {
    const world = new CliWorld(scratch());
    const plan = path.join(scratch().folder, 'plan.ndjson');
    await prepare(world);
    await dryRun(world, plan);
    const args = ['recover', world.mountPoint, '--apply', '--plan', plan];
    expect((await world.text(args, { fault: 'recover:after-attribute#2=kill' })).shellStatus).toBe(137);
    const again = results(await apply(world, plan));
    expect(Object.keys(again).sort()).toEqual(ALL);
    // The intent of the file that is gone is closed at once; of the others, two have their attribute and no more.
    expect(again).toMatchObject({ 'half released, gone': 'already', 'half released, gone (forget)': 'done' });
    const count = (result: string): number => Object.values(again).filter((one) => one === result).length;
    expect({ skipped: count('skipped'), already: count('already'), done: count('done') }).toEqual({
      skipped: 2,
      already: 1,
      done: ALL.length - 3,
    });
    await world.ndjson(['recover', world.mountPoint, '--apply']);
    const audit = await world.ndjson(['audit', '--deep', world.mountPoint]);
    expect({ found: audit.of('finding'), status: audit.status }).toEqual({ found: [], status: 0 });
    expect(Object.values(results(await apply(world, plan)))).not.toContain('done');
    for (const name of ['half recalled', 'mode changed', 'half archived']) {
      expect(fs.readFileSync(world.at(`d/${name}`)).equals(content(name)), name).toBe(true);
    }
  });
});

describe('the plan option', () => {
  test('needs a name', async () => {
    const world = new CliWorld({ folder: '/nonexistent', mountPoint: '/nonexistent/m' } as never);
    const { status, stderr } = await world.text(['recover', '/nonexistent/m', '--plan', '']);
    expect({ status, stderr }).toEqual({
      status: 16,
      stderr: expect.stringMatching(/--plan takes the name of a file/),
    });
  });
});
