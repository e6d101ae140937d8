/** What the world refuses: errors at every step, full filesystems, stores that are away, copies that are bad. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import { STEPS, type StepName } from '../../src/migrate/step-names.js';
import { snapshot } from '../support/file-snapshot.js';
import { useFilesystem, withFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';

const KIB = 1024;
const MIB = 1024 * KIB;

function command(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args);
  expect({ program, status, stderr: stderr.toString() }).toEqual({ program, status: 0, stderr: '' });
}

const codeOf = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describeAsRoot('an error at', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
  });

  const CASES = (Object.keys(STEPS) as StepName[])
    .filter((step) => !/^re(cover|build):/.test(step))
    .map((step) => [step, step.split(':')[0] as ForwardOperation] as const);

  /** Loss goes unseen if the catalog forgets how many bytes there have to be. */
  function assertRowsComplete(): void {
    hsm.withCatalog((catalog) => {
      const [filesystem] = catalog.filesystems.list();
      const rows = filesystem ? catalog.files.page(filesystem.fs, { limit: 1000 }) : [];
      for (const row of rows) expect(row.nonzeroBytes, row.pathHint?.toString()).toBe(BigInt(30 * KIB));
    });
  }

  test.each(CASES)('%s: nothing is lost, and recovery finishes or undoes it', async (step, operation) => {
    const folder = step.replace(':', '-');
    const names = ['a', 'b', 'c', 'd'].map((name) => `${folder}/${name}`);
    fs.mkdirSync(hsm.at(folder));
    for (const name of names) fs.writeFileSync(hsm.at(name), randomBytes(30 * KIB));
    const [first = '', second = ''] = names;
    if (operation === 'archive') {
      await hsm.run('archive', [first, second]);
      for (const name of [first, second]) fs.writeFileSync(hsm.at(name), randomBytes(30 * KIB));
    } else await hsm.run('archive', names);
    const originals = names.map((name) => snapshot(hsm.at(name)));
    if (operation === 'recall') await hsm.run('release', names);

    // A step of a whole batch fails the run, or all its files; one of a file only that file.
    const results = await hsm.run(operation, names, { fault: `${step}=eio` }).catch((error: unknown) => {
      expect((error as { code?: unknown }).code).toBe('EIO');
      return [];
    });
    for (const { result, code } of results) if (result === 'failed') expect(code).toBe('EIO');
    expect(results.filter(({ result }) => result === 'busy')).toEqual([]);
    assertRowsComplete();

    const { actions } = await hsm.recover();
    for (const { result, class: name, severity } of actions) {
      if (severity !== 'info' && name !== 'stale-copy') expect(result).toBe('done');
    }
    expect(hsm.intents()).toEqual([]);
    expect((await hsm.drift()).filter((name) => name !== 'stale-copy')).toEqual([]);
    await hsm.run('recall', names);
    expect(names.map((name) => snapshot(hsm.at(name)))).toEqual(originals);
    assertRowsComplete();
  });
});

describeAsRoot('room', () => {
  test('that the archive lacks: no file is harmed, and the next run goes on once there is some', async () => {
    await withFilesystem({}, async (scratch) => {
      const archive = path.join(scratch.folder, 'small');
      fs.mkdirSync(archive);
      command('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', archive);
      try {
        const hsm = await Hsm.create(scratch, { archive });
        const names = Array.from({ length: 12 }, (_, index) => `f${index}`);
        for (const name of names) fs.writeFileSync(hsm.at(name), randomBytes(200 * KIB));
        const originals = names.map((name) => snapshot(hsm.at(name)));
        const results = await hsm.run('archive', names);
        expect(results.map(({ result }) => result)).toContain('failed');
        for (const { result, code } of results) if (result === 'failed') expect(code).toBe('ENOSPC');
        expect(names.map((name) => snapshot(hsm.at(name)))).toEqual(originals);
        await hsm.recover();
        expect(hsm.intents()).toEqual([]);
        expect(await hsm.drift()).toEqual([]);

        command('mount', '-o', 'remount,size=16m', archive);
        for (const outcome of await hsm.outcomes('archive', names)) expect(outcome).toMatch(/^(archived|already)$/);
        await hsm.run('release', names);
        await hsm.run('recall', names);
        expect(names.map((name) => snapshot(hsm.at(name)))).toEqual(originals);
        expect(await hsm.findings()).toEqual([]);
      } finally {
        command('umount', archive);
      }
    });
  });

  test('that the filesystem lacks for a recall: the files stay in the archive until there is some', async () => {
    await withFilesystem({ sizeBytes: 320 * MIB }, async (scratch) => {
      const hsm = await Hsm.create(scratch);
      const names = Array.from({ length: 4 }, (_, index) => `f${index}`);
      for (const name of names) fs.writeFileSync(hsm.at(name), randomBytes(20 * MIB));
      const originals = names.map((name) => snapshot(hsm.at(name)));
      await hsm.run('archive', names);
      await hsm.run('release', names);
      spawnSync('fallocate', ['--length', '10G', `${scratch.mountPoint}/filler`]);
      spawnSync('dd', ['if=/dev/zero', `of=${scratch.mountPoint}/filler2`, 'bs=1M']);

      const results = await hsm.run('recall', names);
      expect(results.map(({ result }) => result)).toContain('failed');
      for (const { result, code } of results) if (result === 'failed') expect(code).toBe('ENOSPC');
      const { actions } = await hsm.recover();
      expect(actions.filter(({ result, severity }) => result !== 'done' && severity !== 'info')).toEqual([]);
      expect(await hsm.drift()).toEqual([]);

      for (const filler of ['filler', 'filler2']) fs.rmSync(`${scratch.mountPoint}/${filler}`, { force: true });
      for (const outcome of await hsm.outcomes('recall', names)) expect(outcome).toMatch(/^(recalled|already)$/);
      expect(names.map((name) => snapshot(hsm.at(name)))).toEqual(originals);
      expect(await hsm.findings()).toEqual([]);
    });
  });
});

describeAsRoot('a copy', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
  });

  let count = 0;
  async function managed(state: 'dual' | 'offline'): Promise<{ name: string; object: string; content: Buffer }> {
    const name = `file-${count++}`;
    const content = randomBytes(50 * KIB);
    fs.writeFileSync(hsm.at(name), content);
    const before = new Set(hsm.objects());
    await hsm.run('archive', [name]);
    if (state === 'offline') await hsm.run('release', [name]);
    const object = hsm.objects().find((one) => !before.has(one)) ?? '';
    return { name, object, content };
  }
  function flip(file: string): void {
    const fd = fs.openSync(file, 'r+');
    const byte = Buffer.alloc(1);
    fs.readSync(fd, byte, 0, 1, 4711);
    byte[0] = (byte[0] ?? 0) ^ 1;
    fs.writeSync(fd, byte, 0, 1, 4711);
    fs.closeSync(fd);
  }

  test('with one flipped bit is never recalled: the file stays offline, untouched', async () => {
    const { name, object, content } = await managed('offline');
    flip(object);
    const [result] = await hsm.run('recall', [name]);
    expect(result).toMatchObject({ result: 'failed', code: 'EBADCOPY' });
    expect(result?.why).toMatch(/has other bytes than were archived/);
    expect(fs.lstatSync(hsm.at(name)).blocks).toBe(0);
    expect(hsm.intents()).toEqual([]);
    expect(await hsm.outcomes('release', [name])).toEqual(['already']);
    flip(object);
    expect(await hsm.outcomes('recall', [name])).toEqual(['recalled']);
    expect(fs.readFileSync(hsm.at(name))).toEqual(content);
  });

  test('that is gone, or short, lets nothing be released', async () => {
    const { name, object, content } = await managed('dual');
    fs.renameSync(object, `${object}.away`);
    expect(await hsm.outcomes('release', [name])).toEqual(['conflict']);
    fs.copyFileSync(`${object}.away`, object);
    fs.truncateSync(object, 100);
    expect(await hsm.outcomes('release', [name])).toEqual(['conflict']);
    expect(fs.readFileSync(hsm.at(name))).toEqual(content);
    expect(await hsm.drift()).toContain('archive-size-mismatch');
    fs.renameSync(`${object}.away`, object);
    expect(await hsm.outcomes('release', [name])).toEqual(['released']);
  });

  test('that is gone is not replaced by zeros', async () => {
    const { name, object } = await managed('offline');
    fs.renameSync(object, `${object}.away`);
    expect(await hsm.run('recall', [name])).toMatchObject([{ result: 'failed', code: 'EBADCOPY' }]);
    expect(await hsm.drift()).toContain('archive-missing');
    fs.renameSync(`${object}.away`, object);
    expect(await hsm.outcomes('recall', [name])).toEqual(['recalled']);
  });

  test('in a store that is not mounted is not missing', async () => {
    const { name } = await managed('offline');
    fs.renameSync(hsm.archiveDir, `${hsm.archiveDir}.away`);
    onTestFinished(() => {
      fs.rmSync(hsm.archiveDir, { recursive: true, force: true });
      fs.renameSync(`${hsm.archiveDir}.away`, hsm.archiveDir);
    });
    for (const operation of ['archive', 'release', 'recall', 'remove'] as const) {
      expect(await codeOf(hsm.run(operation, [name]))).toBe('ESTORE_UNREACHABLE');
      fs.mkdirSync(hsm.archiveDir, { recursive: true });
    }
    expect(await codeOf(hsm.recover())).toBe('ESTORE_UNREACHABLE');
    expect(fs.lstatSync(hsm.at(name)).blocks).toBe(0);
  });
});

describeAsRoot('refused altogether', () => {
  test('release where readers would get zeros, unless somebody said that they may', async () => {
    await withFilesystem({}, async (scratch) => {
      const hsm = await Hsm.create(scratch, { unguarded: false });
      fs.writeFileSync(hsm.at('file'), 'content');
      await hsm.run('archive', ['file']);
      expect(await codeOf(hsm.run('release', ['file']))).toBe('EUNGUARDED');
      expect(fs.readFileSync(hsm.at('file'), 'utf8')).toBe('content');
      await hsm.register({ unguarded: true });
      expect(await hsm.outcomes('release', ['file'])).toEqual(['released']);
    });
  });

  test('what another catalog, or none, has registered', async () => {
    await withFilesystem({}, async (scratch) => {
      const other = await Hsm.unregistered(scratch, 'other');
      expect(await codeOf(other.run('archive'))).toBe('ECATALOG_MISSING');
      const hsm = await Hsm.create(scratch);
      expect(await codeOf(other.register())).toBe('EREGISTERED');
      expect(await codeOf(hsm.register({ archiveDir: Buffer.from(other.archiveDir) }))).toBe('EREGISTERED');
      expect(fs.existsSync(other.archiveDir)).toBe(false);
      expect(await codeOf(hsm.register({ archiveDir: hsm.at('archive') }))).toBe('EARCHIVE_ON_FILESYSTEM');
      expect(await codeOf(hsm.register({ namespace: 'user' }))).toBe('EREGISTERED');
    });
  });

  test('two devices with one identity', async () => {
    await withFilesystem({}, async (scratch) => {
      const hsm = await Hsm.create(scratch);
      fs.writeFileSync(hsm.at('file'), 'content');
      await hsm.run('archive', ['file']);
      scratch.unmount();
      const clone = path.join(scratch.folder, 'clone');
      command('cp', '--sparse=always', scratch.image, clone);
      scratch.mount();
      const point = path.join(scratch.folder, 'clone-mount');
      fs.mkdirSync(point);
      command('mount', '-o', 'loop,nouuid', clone, point);
      try {
        expect(await codeOf(hsm.run('release', ['file']))).toBe('ETWINS');
        expect(await codeOf(hsm.findings())).toBe('ETWINS');
      } finally {
        command('umount', point);
      }
      expect(await hsm.outcomes('release', ['file'])).toEqual(['released']);
    });
  });

  test('acting on an older filesystem, or an older catalog, that was put back', async () => {
    await withFilesystem({}, async (scratch) => {
      const hsm = await Hsm.create(scratch);
      fs.writeFileSync(hsm.at('file'), 'content');
      await hsm.run('archive', ['file']);
      scratch.unmount();
      command('cp', '--sparse=always', scratch.image, `${scratch.image}.old`);
      fs.copyFileSync(hsm.catalogPath, `${hsm.catalogPath}.old`);
      scratch.mount();
      await hsm.run('release', ['file']);

      fs.copyFileSync(hsm.catalogPath, `${hsm.catalogPath}.new`);
      fs.copyFileSync(`${hsm.catalogPath}.old`, hsm.catalogPath);
      for (const operation of ['archive', 'recall'] as const) {
        expect(await codeOf(hsm.run(operation, ['file']))).toBe('EROLLBACK');
      }
      expect(await codeOf(hsm.recover())).toBe('EROLLBACK');
      expect(await hsm.drift()).toContain('catalog-behind');

      fs.copyFileSync(`${hsm.catalogPath}.new`, hsm.catalogPath);
      scratch.unmount();
      command('dd', `if=${scratch.image}.old`, `of=${scratch.image}`, 'bs=1M', 'conv=notrunc,fsync', 'status=none');
      command('blockdev', '--flushbufs', scratch.device);
      scratch.mount();
      expect(await codeOf(hsm.recover())).toBe('EROLLBACK');
      expect(await hsm.drift()).toContain('filesystem-behind');
    });
  });
});

describe('steps', () => {
  test('cover all operations', () => {
    const operations = new Set(Object.keys(STEPS).map((step) => step.split(':')[0]));
    expect([...operations].sort()).toEqual(['archive', 'rebuild', 'recall', 'recover', 'release', 'remove']);
  });
});
