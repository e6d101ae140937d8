/** Mounts that a command cannot work on. Every one is refused with a sentence, and nothing is changed. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { programFile, runChild } from '../support/run-node.js';
import { useFilesystem, withFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld } from './cli-world.js';
import { expectRefusal, expectSentence } from './refusal.js';
import { stateOf } from './world-state.js';

const sh = (...[program = '', ...args]: readonly string[]): void => {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/** A world with a dual and an offline file. */
async function managedWorld(world: CliWorld): Promise<void> {
  world.write('d/dual');
  world.write('d/offline');
  world.write('d/resident');
  await world.init('--unguarded');
  await world.ok('archive', world.at('d/dual'), world.at('d/offline'));
  await world.ok('release', world.at('d/offline'));
}

describeAsRoot('a mount that is none of ours', () => {
  const scratch = useFilesystem();
  let world: CliWorld;
  const looking = ['scan', 'check', 'audit', 'recover', 'status'] as const;

  beforeAll(async () => {
    world = new CliWorld(scratch());
    await managedWorld(world);
  });

  test.each(looking)('%s refuses a folder below a mount point', async (command) => {
    const message = /is not the root of a mounted filesystem; it lies on the filesystem mounted at .*mount/;
    await expectRefusal(world, { args: [command, world.at('d')], message });
  });

  test.each(['check', 'audit', 'recover'])(
    '%s says of a registered filesystem that it is not mounted',
    async (command) => {
      scratch().unmount();
      try {
        const message = /is where a registered filesystem was mounted last, and it is not mounted now: mount it/;
        await expectRefusal(world, { args: [command, world.mountPoint], message });
      } finally {
        scratch().mount();
      }
    },
  );

  test.each(['scan', 'audit'])('%s refuses another type of filesystem', async (command) => {
    await expectRefusal(world, {
      args: [command, '/proc'],
      message: /\/proc is a mounted proc: hsmck works on XFS only/,
    });
  });

  test.each(['scan', 'audit'])('%s refuses a mount that is not there', async (command) => {
    await expectRefusal(world, {
      args: [command, '/no/such/mount'],
      message: /\/no\/such\/mount: ENOENT \(no such file/,
    });
  });

  test.each(['audit', 'recover', 'status'])('%s wants a mount point, not a device or an image', async (command) => {
    const { device, image } = scratch();
    await expectRefusal(world, { args: [command, device], message: /is mounted at .*: give that instead/ });
    await expectRefusal(world, {
      args: [command, image],
      message: /only "scan" and "check" look at a device or an image/,
    });
  });

  test('init refuses them too', async () => {
    const archive = ['--archive', path.join(scratch().folder, 'elsewhere')];
    await expectRefusal(world, { args: ['init', world.at('d'), ...archive], message: /not the root of a mounted/ });
    await expectRefusal(world, { args: ['init', '/proc', ...archive], message: /works on XFS only/ });
    await expectRefusal(world, { args: ['init', '/no/such', ...archive], message: /ENOENT/ });
    expect(fs.existsSync(archive[1] ?? '')).toBe(false);
  });

  test('a bind mount of a folder is refused by name; files below it are found all the same', async () => {
    const bind = path.join(scratch().folder, 'bind');
    fs.mkdirSync(bind);
    sh('mount', '--bind', world.at('d'), bind);
    try {
      const message = /shows only the folder \/d of its filesystem \(a bind mount\).*\/mount for instance/;
      for (const command of looking) await expectRefusal(world, { args: [command, bind], message });
      const { of } = await world.ok('recall', path.join(bind, 'dual'));
      expect(of('file')).toMatchObject([{ result: 'already' }]);
    } finally {
      sh('umount', bind);
    }
  });

  test('a mount without a mark has to be registered first', async () => {
    await withFilesystem({}, async (other) => {
      const stranger = new CliWorld(other);
      stranger.write('file');
      const args = ['--catalog', world.catalogPath];
      for (const command of ['check', 'audit', 'recover']) {
        const message = /is not registered: run "hsmck init .*mount --archive DIR"/;
        await expectRefusal(stranger, { args: [...args, command, other.mountPoint], message });
      }
      await expectRefusal(stranger, { args: [...args, 'archive', stranger.at('file')], message: /is not registered/ });
    });
  });
});

describeAsRoot('no privileges', () => {
  const scratch = useFilesystem();

  test('the capability that is missing is named', async () => {
    const world = new CliWorld(scratch());
    await managedWorld(world);
    const before = stateOf(world);
    const M = scratch().mountPoint;
    const file = world.at('d/dual');
    const drop = ['--bounding-set=-sys_admin', '--inh-caps=-sys_admin'];
    for (const args of [
      ['scan', M],
      ['check', M],
      ['audit', M],
      ['recover', '--apply', M],
      ['archive', file],
      ['release', file],
    ]) {
      const command = [process.execPath, programFile(), '--catalog', world.catalogPath, ...args];
      const result = await runChild('setpriv', [...drop, ...command]);
      expectSentence(result, /needs the capability CAP_SYS_ADMIN.*run hsmck as root/);
      expect({ status: result.status, stdout: result.stdout }).toEqual({ status: 8, stdout: '' });
    }
    expect(stateOf(world)).toEqual(before);
  });
});

describeAsRoot('two mounts with one id', () => {
  test('a clone is refused while both are mounted', async () => {
    await withFilesystem({}, async (scratch) => {
      const world = new CliWorld(scratch);
      await managedWorld(world);
      scratch.unmount();
      const clone = path.join(scratch.folder, 'clone');
      sh('cp', '--sparse=always', scratch.image, clone);
      scratch.mount();
      const point = path.join(scratch.folder, 'clone-mount');
      fs.mkdirSync(point);
      sh('mount', '-o', 'loop,nouuid', clone, point);
      try {
        const message = /carry the same filesystem id \(a copy or a snapshot\): unmount one of them/;
        const M = scratch.mountPoint;
        for (const mount of [M, point]) {
          await expectRefusal(world, { args: ['audit', mount], message });
          await expectRefusal(world, { args: ['recover', '--apply', mount], message });
        }
        await expectRefusal(world, { args: ['archive', world.at('d/resident')], message });
        await expectRefusal(world, { args: ['archive', path.join(point, 'd/resident')], message });
        expect((await world.ndjson(['scan', '--count', point])).status).toBe(0);
      } finally {
        sh('umount', point);
      }
      await world.ok('audit', scratch.mountPoint);
    });
  });
});

describeAsRoot('a filesystem that is mounted read-only', () => {
  const scratch = useFilesystem();
  let world: CliWorld;
  beforeAll(async () => {
    world = new CliWorld(scratch());
    await managedWorld(world);
    scratch().remount(['ro']);
  });

  test.each(['scan', 'check', 'audit', 'recover'])('%s works', async (command) => {
    const before = stateOf(world);
    await world.ok(command, scratch().mountPoint);
    expect(stateOf(world)).toEqual(before);
  });

  test.each([
    ['archive', 'd/resident'],
    ['release', 'd/dual'],
    ['recall', 'd/offline'],
    ['remove', 'd/dual'],
  ])('%s fails', async (command, name) => {
    const before = stateOf(world);
    const result = await world.text([command, world.at(name)]);
    expect(result.stdout + result.stderr).toMatch(/EROFS|read-only/);
    expect(result.status).toBe(8);
    expect(stateOf(world)).toEqual(before);
  });

  test('init refuses one that is new, and registers nothing', async () => {
    await withFilesystem({}, async (other) => {
      other.remount(['ro']);
      const stranger = new CliWorld(other);
      const args = ['init', other.mountPoint, '--archive', stranger.archiveDir];
      await expectRefusal(stranger, { args, message: /EROFS|read-only/ });
    });
  });

  test('norecovery is refused', async () => {
    scratch().remount(['ro', 'norecovery']);
    for (const command of ['scan', 'check', 'audit', 'recover']) {
      const { status, stderr } = await world.text([command, scratch().mountPoint]);
      expect(status).toBe(8);
      expect(stderr).toMatch(/mounted with norecovery.*Mount it normally first/);
    }
    scratch().remount();
    await world.ok('audit', scratch().mountPoint);
  });
});

describeAsRoot('a filesystem that was shut down', () => {
  const scratch = useFilesystem();
  let world: CliWorld;
  const shutDown = (): void => sh('xfs_io', '-x', '-c', 'shutdown -f', scratch().mountPoint);
  beforeAll(async () => {
    world = new CliWorld(scratch());
    await managedWorld(world);
  });

  test('before a command: every one fails with a sentence', async () => {
    sh('sync', '--file-system', scratch().mountPoint);
    const before = stateOf(world);
    shutDown();
    const M = scratch().mountPoint;
    const all = [
      ['scan', M],
      ['check', M],
      ['audit', M],
      ['recover', M],
      ['recover', '--apply', M],
      ['archive', world.at('d/resident')],
      ['init', M, '--archive', world.archiveDir],
    ];
    for (const args of all) {
      const result = await world.text(args);
      expectSentence(result, /EIO|shut down/);
      expect({ status: result.status, stdout: result.stdout }, args.join(' ')).toEqual({ status: 8, stdout: '' });
    }
    scratch().remount();
    expect(stateOf(world)).toEqual(before);
  });

  test('during a command: it fails, and after a remount recover settles it', async () => {
    const file = world.at('d/resident');
    const running = world.ndjson(['archive', file], { fault: 'archive:before-data=pause' });
    await world.whilePaused(shutDown);
    const { status, summary } = await running;
    expect((status ?? 0) & 8).toBe(8);
    expect(summary['command']).toBe('archive');
    scratch().remount();
    const { status: recovered } = await world.ndjson(['recover', '--apply', scratch().mountPoint]);
    expect([0, 1]).toContain(recovered);
    await world.ok('audit', scratch().mountPoint);
    await world.ok('archive', file);
  });
});
