/** Recovery of what is wrong though no operation is open, and of operations in circumstances of their own. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { punchHole } from '../../src/native/extents.js';
import { closeFd, openPath } from '../../src/native/io.js';
import { getAttribute, setAttribute } from '../../src/native/xattr.js';
import type { ActionRecord } from '../../src/recover/action-record.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { programFile } from '../support/run-node.js';

const BYTES = 50_000;
const NAME = 'trusted.hsmck';

describeAsRoot('recovery', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
  });

  let count = 0;
  interface Managed {
    readonly name: string;
    readonly content: Buffer;
    readonly object: string;
  }
  async function managed(state: 'dual' | 'offline'): Promise<Managed> {
    const name = `file-${count++}`;
    const content = randomBytes(BYTES);
    fs.writeFileSync(hsm.at(name), content);
    const before = new Set(hsm.objects());
    await hsm.run('archive', [name]);
    if (state === 'offline') await hsm.run('release', [name]);
    return { name, content, object: hsm.objects().find((one) => !before.has(one)) ?? '' };
  }

  const withFd = <T>(name: string, use: (fd: ReturnType<typeof openPath>) => T): T => {
    const fd = openPath(hsm.at(name), fs.constants.O_RDWR);
    try {
      return use(fd);
    } finally {
      closeFd(fd);
    }
  };
  const attributeOf = (name: string): Buffer | undefined => withFd(name, (fd) => getAttribute(fd, NAME, name));
  /** Damage moves no times; a test that makes some has to put the mtime back, to the nanosecond. */
  function damage(name: string, change: () => void): void {
    const stamp = execFileSync('stat', ['--format=%y', hsm.at(name).toString()])
      .toString()
      .trim();
    change();
    execFileSync('touch', ['--no-create', '--date', stamp, hsm.at(name).toString()]);
  }
  const dropAttribute = (name: string): void =>
    void execFileSync('setfattr', ['--remove', NAME, hsm.at(name).toString()]);
  const tearAttribute = (name: string): void =>
    withFd(name, (fd) => setAttribute(fd, NAME, (attributeOf(name) ?? Buffer.alloc(0)).subarray(0, 32), name));
  const punchAll = (name: string): void => damage(name, () => withFd(name, (fd) => punchHole(fd, 0, 3 * 4096, name)));
  const flip = (file: string): void => {
    const content = fs.readFileSync(file);
    content[100] = (content[100] ?? 0) ^ 1;
    fs.writeFileSync(file, content);
  };

  const short = ({ class: name, kind, action, to, result, severity }: ActionRecord) => ({
    class: name,
    kind,
    action,
    to,
    result,
    severity,
  });

  /** Recovers after a dry run that has to foretell it without leaving a trace. */
  async function recoverAsPlanned(prefer: 'auto' | 'complete' | 'revert' = 'auto'): Promise<readonly ActionRecord[]> {
    const catalog = createHash('sha256').update(fs.readFileSync(hsm.catalogPath)).digest('hex');
    const planned = await hsm.plan(prefer);
    expect(createHash('sha256').update(fs.readFileSync(hsm.catalogPath)).digest('hex')).toBe(catalog);
    const { actions } = await hsm.recover(prefer);
    const foretold = planned.map((action) => ({
      ...short(action),
      result: action.result === 'planned' ? 'done' : action.result,
    }));
    expect(actions.map(short)).toEqual(foretold);
    return actions;
  }

  async function expectWhole({ name, content }: Managed): Promise<void> {
    await hsm.run('recall', [name]);
    expect(fs.readFileSync(hsm.at(name))).toEqual(content);
    expect(await hsm.findings()).toEqual([]);
    expect(hsm.intents()).toEqual([]);
  }

  const DAMAGES = [
    ['an attribute that somebody took', dropAttribute, 'state-mismatch'],
    ['a torn attribute', tearAttribute, 'attribute-corrupt'],
  ] as const;

  test.each(DAMAGES)('puts %s back on a dual file', async (_, spoil, expectedClass) => {
    const file = await managed('dual');
    spoil(file.name);
    expect(await recoverAsPlanned()).toMatchObject([{ class: expectedClass, kind: 'repair', action: 'restore-dual' }]);
    await expectWhole(file);
  });

  test.each(DAMAGES)('puts %s back on an offline file', async (_, spoil) => {
    const file = await managed('offline');
    spoil(file.name);
    expect(await recoverAsPlanned()).toMatchObject([{ kind: 'repair', action: 'mark-offline', to: 'offline' }]);
    expect(attributeOf(file.name)).toHaveLength(64);
    await expectWhole(file);
  });

  test.each(DAMAGES)('brings data back together with %s', async (_, spoil) => {
    const file = await managed('dual');
    spoil(file.name);
    punchAll(file.name);
    expect(await recoverAsPlanned()).toMatchObject([{ kind: 'repair', action: 'fill', to: 'dual' }]);
    expect(fs.readFileSync(hsm.at(file.name))).toEqual(file.content);
    await expectWhole(file);
  });

  test('fills the holes of a dual file', async () => {
    const file = await managed('dual');
    punchAll(file.name);
    expect(await recoverAsPlanned()).toMatchObject([{ class: 'resident-with-hole', action: 'fill', result: 'done' }]);
    expect(fs.readFileSync(hsm.at(file.name))).toEqual(file.content);
    await expectWhole(file);
  });

  test('says lost where neither side has the data', async () => {
    const { name, object } = await managed('dual');
    punchAll(name);
    flip(object);
    expect(await recoverAsPlanned()).toMatchObject([{ class: 'data-lost', severity: 'critical', result: 'left' }]);
    flip(object);
    expect((await hsm.recover()).actions).toMatchObject([{ action: 'fill', result: 'done' }]);
  });

  test('renews times where only metadata changed', async () => {
    const dual = await managed('dual');
    const offline = await managed('offline');
    for (const { name } of [dual, offline]) fs.chmodSync(hsm.at(name), 0o604);
    expect(await recoverAsPlanned()).toMatchObject([
      { class: 'metadata-changed', action: 'rebaseline', result: 'done' },
      { class: 'metadata-changed', action: 'rebaseline', result: 'done' },
    ]);
    await expectWhole(dual);
    await expectWhole(offline);
  });

  test('never makes zeros of what it takes for a hole: a zeroed page is data', async () => {
    const { name, content } = await managed('dual');
    damage(name, () => withFd(name, (fd) => fs.writeSync(fd, Buffer.alloc(8192), 0, 8192, 4096)));
    expect(await recoverAsPlanned()).toMatchObject([{ class: 'stale-copy', action: 'none', result: 'left' }]);
    content.fill(0, 4096, 4096 + 8192);
    expect(fs.readFileSync(hsm.at(name))).toEqual(content);
    await hsm.run('archive', [name]);
    expect(await hsm.findings()).toEqual([]);
  });

  test('leaves a file that was touched while it was away, and its copy', async () => {
    const file = await managed('offline');
    execFileSync('touch', [hsm.at(file.name).toString()]);
    expect(await recoverAsPlanned()).toMatchObject([{ class: 'conflict', result: 'left' }]);
    expect(await hsm.outcomes('recall', [file.name])).toEqual(['conflict']);
    expect(await hsm.resolve('archive', [file.name])).toMatchObject([{ result: 'resolved' }]);
    await expectWhole(file);
  });

  test('takes a copied attribute off a whole file, and leaves the original alone', async () => {
    const file = await managed('dual');
    const copy = `${file.name}-copy`;
    execFileSync('cp', ['--preserve=all', hsm.at(file.name).toString(), hsm.at(copy).toString()]);
    const before = attributeOf(copy);
    expect(before).toHaveLength(64);
    expect(await recoverAsPlanned()).toMatchObject([{ class: 'attribute-copied', action: 'strip', result: 'done' }]);
    expect(attributeOf(copy)).toBeUndefined();
    fs.rmSync(hsm.at(copy));
    await expectWhole(file);
  });

  async function interrupt(operation: string, name: string, step: string): Promise<void> {
    const { shellStatus } = await hsm.child([operation, hsm.at(name).toString()], `${step}=kill`);
    expect(shellStatus).toBe(137);
  }

  test.each([
    ['release', 'release:before-punch', 'dual', 'complete', 'offline'],
    ['release', 'release:before-punch', 'dual', 'revert', 'dual'],
    ['release', 'release:after-punch', 'dual', 'revert', 'dual'],
    ['recall', 'recall:before-fill', 'offline', 'complete', 'dual'],
    ['recall', 'recall:before-fill', 'offline', 'revert', 'offline'],
    ['recall', 'recall:after-data-sync', 'offline', 'revert', 'offline'],
  ] as const)('of %s at %s, begun %s, goes where it is told to: %s', async (operation, step, from, prefer, to) => {
    const file = await managed(from);
    await interrupt(operation, file.name, step);
    expect(await recoverAsPlanned(prefer)).toMatchObject([{ class: 'interrupted', kind: prefer, to, result: 'done' }]);
    await expectWhole(file);
  });

  test('of an archiving that shall be undone drops the copy', async () => {
    const name = 'undone';
    const content = randomBytes(BYTES);
    fs.writeFileSync(hsm.at(name), content);
    await interrupt('archive', name, 'archive:after-verified');
    expect(await recoverAsPlanned('revert')).toMatchObject([{ kind: 'revert', action: 'unbind', to: 'resident' }]);
    expect(attributeOf(name)).toBeUndefined();
    expect(fs.readFileSync(hsm.at(name))).toEqual(content);
    expect(await hsm.findings()).toEqual([]);
  });

  test.each(['release:before-punch', 'recall:after-data-sync'])(
    'keeps whole data on disk when the copy turns out bad at %s',
    async (step) => {
      const operation = step.split(':')[0] ?? '';
      const file = await managed(operation === 'recall' ? 'offline' : 'dual');
      await interrupt(operation, file.name, step);
      flip(file.object);
      expect(await recoverAsPlanned()).toMatchObject([{ kind: 'revert', action: 'make-resident', to: 'resident' }]);
      expect(attributeOf(file.name)).toBeUndefined();
      expect(fs.readFileSync(hsm.at(file.name))).toEqual(file.content);
      expect(await hsm.drift()).toEqual([]);
    },
  );

  test('touches nothing when the copy turns out bad and data is missing', async () => {
    const file = await managed('dual');
    await interrupt('release', file.name, 'release:after-punch');
    flip(file.object);
    expect(await recoverAsPlanned()).toMatchObject([{ class: 'data-lost', severity: 'critical', result: 'left' }]);
    flip(file.object);
    expect(await recoverAsPlanned()).toMatchObject([{ action: 'punch', result: 'done' }]);
    await expectWhole(file);
  });

  test('waits for whoever has the file open', async () => {
    const file = await managed('dual');
    await interrupt('release', file.name, 'release:before-punch');
    const fd = fs.openSync(hsm.at(file.name), 'r');
    expect((await hsm.recover()).actions).toMatchObject([{ result: 'skipped' }]);
    fs.closeSync(fd);
    expect((await hsm.recover()).actions).toMatchObject([{ result: 'done', to: 'offline' }]);
    await expectWhole(file);
  });

  test('closes what was open on a file that was deleted since', async () => {
    const file = await managed('dual');
    await interrupt('release', file.name, 'release:after-punch');
    const fresh = 'fresh';
    fs.writeFileSync(hsm.at(fresh), randomBytes(BYTES));
    await interrupt('archive', fresh, 'archive:after-put');
    for (const name of [file.name, fresh]) fs.rmSync(hsm.at(name));
    await hsm.recover();
    expect(hsm.intents()).toEqual([]);
    expect(await hsm.findings()).toEqual([]);
    expect((await hsm.recover()).actions).toEqual([]);
  });

  test('leaves a stopped operation to its owner until that dies', async () => {
    const file = await managed('dual');
    const program = `HSMCK_FAULT=release:before-punch=pause exec "$0" "$@"`;
    const cli = [process.execPath, programFile()];
    const args = ['--catalog', hsm.catalogPath, 'release', hsm.at(file.name).toString()];
    const child = spawn('sh', ['-c', program, ...cli, ...args], { stdio: 'ignore' });
    const isStopped = (): boolean =>
      /^State:\s+T/m.test(spawnSync('cat', [`/proc/${child.pid}/status`]).stdout.toString());
    for (let waited = 0; !isStopped() && waited < 500; waited++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isStopped()).toBe(true);
    expect((await hsm.findings('interrupted')).map((finding) => finding.class)).toEqual(['busy']);
    expect((await hsm.recover()).actions).toMatchObject([{ class: 'busy', result: 'skipped' }]);
    expect(await hsm.outcomes('recall', [file.name])).toEqual(['busy']);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
    expect((await hsm.recover()).actions).toMatchObject([{ class: 'interrupted', result: 'done', to: 'offline' }]);
    await expectWhole(file);
  });
});
