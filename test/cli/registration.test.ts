/** init again and again, guard, namespaces, and what status says of it all. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { readDmAttribute } from './attribute-damage.js';
import { CliWorld } from './cli-world.js';
import { expectRefusal } from './refusal.js';
import { stateOf } from './world-state.js';

describeAsRoot('init', () => {
  const scratch = useFilesystem();

  test('registers, and again changes nothing but the guard', async () => {
    const world = new CliWorld(scratch());
    const file = world.write('file');
    const first = await world.init('--unguarded');
    expect(first.summary).toMatchObject({ result: 'registered', guarded: false });
    await world.ok('archive', file);
    const before = stateOf(world);
    const again = await world.init('--unguarded');
    expect(again.summary).toMatchObject({
      result: 'updated',
      filesystem: first.summary['filesystem'],
      store: first.summary['store'],
    });
    expect(stateOf(world).files).toEqual(before.files);
    expect(stateOf(world).archive).toEqual(before.archive);
    expect((await world.init()).summary).toMatchObject({ guarded: true });
    await expectRefusal(world, { args: ['release', file], message: /release is refused/ });
    expect((await world.init('--unguarded')).summary).toMatchObject({ guarded: false });
    await world.ok('release', file);
    await world.ok('audit', '--deep', world.mountPoint);
    const args = ['init', world.mountPoint, '--archive', world.archiveDir, '--namespace', 'user'];
    await expectRefusal(world, { args, message: /is registered with --namespace trusted/ });
    const text = await world.text(['init', world.mountPoint, '--archive', world.archiveDir, '--unguarded']);
    expect(text.stdout).toMatch(
      /^updated: .*mount with archive .*, in catalog .*\n.*readers? .*zeros\n$|^updated: [^]*zeros\n$/,
    );
  });
});

describeAsRoot('a private catalog and archive', () => {
  const scratch = useFilesystem();

  test('are for their owner alone, whatever the umask', async () => {
    const world = new CliWorld(scratch());
    const script = `umask 0; hsmck init "$M" --archive "$ARCHIVE"`;
    expect((await world.shell(script, { env: { ARCHIVE: world.archiveDir } })).status).toBe(0);
    await world.ok('archive', world.write('secret'));
    const modes = [world.catalogPath, path.join(world.archiveDir, 'store.json'), ...world.copies()];
    for (const file of modes) expect(fs.statSync(file).mode & 0o077, file).toBe(0);
  });
});

describeAsRoot('--namespace user', () => {
  const scratch = useFilesystem();

  test('keeps its marks in user.hsmck, through a whole life', async () => {
    const world = new CliWorld(scratch());
    const file = world.write('file', 'some bytes');
    await world.init('--unguarded', '--namespace', 'user');
    for (const command of ['archive', 'release', 'recall', 'release']) {
      await world.ok(command, file);
      expect(readDmAttribute(file, 'user.hsmck')).toHaveLength(64);
      expect(readDmAttribute(file, 'trusted.hsmck')).toBeUndefined();
    }
    const { summary } = await world.ok('scan', '--count', world.mountPoint);
    expect(summary).toMatchObject({ managed: 1, states: { offline: 1 } });
    await world.text(['recall', file], { fault: 'recall:after-fill=kill' });
    expect((await world.ndjson(['check', world.mountPoint])).summary).toMatchObject({ interrupted: 1 });
    expect((await world.ndjson(['recover', '--apply', world.mountPoint])).status).toBe(1);
    expect(fs.readFileSync(file, 'utf8')).toBe('some bytes');
    await world.ok('remove', file);
    expect(readDmAttribute(file, 'user.hsmck')).toBeUndefined();
    expect((await world.ok('status')).summary).toMatchObject({ filesystems: [{ namespace: 'user' }] });
  });
});

describeAsRoot('status', () => {
  const scratch = useFilesystem();

  test('tells what is registered, open, and unsettled, and writes nothing', async () => {
    const world = new CliWorld(scratch());
    await world.init('--unguarded');
    const file = world.write('file', 'x'.repeat(5000));
    await world.ok('archive', file);
    await world.text(['release', file], { fault: 'release:after-punch=kill' });
    await world.ndjson(['audit', world.mountPoint]);
    const before = fs.readFileSync(world.catalogPath);
    const { summary } = await world.ok('status', world.mountPoint);
    expect(summary).toMatchObject({
      catalog: world.catalogPath,
      filesystems: [
        {
          mount: { path: world.mountPoint },
          mount_state: 'mounted',
          next: `hsmck --catalog ${world.catalogPath} recover ${world.mountPoint}`,
          type: 'xfs',
          guarded: false,
          store_location: { path: world.archiveDir },
          store_state: 'reachable',
          files: { dual: 1, offline: 0 },
          open_intents: 1,
          owners: [expect.stringMatching(/^release, process \d+ on .* \(dead\)$/)],
          unsettled: { interrupted: 1 },
          scans: [{ command: 'audit', complete: true, findings: 1, exit_code: 4 }],
        },
      ],
    });
    expect(fs.readFileSync(world.catalogPath).equals(before)).toBe(true);
    const { stdout } = await world.text(['status']);
    expect(stdout).toMatch(/^ +archive +\S.*, reachable$/m);
    expect(stdout).toMatch(/^ +files +1 dual$/m);
    expect(stdout).toMatch(/^ +open +1 of release, process \d+ on .* \(dead\)$/m);
    expect(stdout).toMatch(/^ +unsettled +1 interrupted$/m);
    expect(stdout).toContain(`\n  next       hsmck --catalog ${world.catalogPath} recover ${world.mountPoint}\n`);
    expect((await world.ndjson(['recover', '--apply', world.mountPoint])).status).toBe(1);
    await world.ok('audit', world.mountPoint);
    expect((await world.ok('status')).summary).toMatchObject({
      filesystems: [{ open_intents: 0, owners: [], unsettled: {}, next: null }],
    });
    expect((await world.text(['status'])).stdout).toMatch(/^\S+ {2}xfs, mounted, unguarded (?!.*^ +next)/ms);
    execFileSync('umount', [world.mountPoint]);
    // The catalog alone is enough, but a mount that is named has to be there.
    expect((await world.ok('status')).summary['filesystems']).toMatchObject([{ mount_state: 'not mounted there' }]);
    expect((await world.text(['status', world.mountPoint])).status).toBe(8);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', world.mountPoint]);
    const { summary: elsewhere } = await world.ok('status');
    expect(elsewhere['filesystems']).toMatchObject([{ mount_state: 'another filesystem is mounted there' }]);
    execFileSync('umount', [world.mountPoint]);
    scratch().mount();
  });
});
