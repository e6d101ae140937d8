/** Who is at work is known by a lock that the kernel takes from the dead, and by nothing else. With real processes. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { beforeEach, expect, test } from 'vitest';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type { StepName } from '../../src/migrate/step-names.js';
import { DamagedWorld } from '../filesystem/recover-classes-world.js';
import { useFilesystem, withFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { builtFile, runChild, type ChildResult } from '../support/run-node.js';
import { describeAsRoot } from '../support/require-root.js';
import { stoppedChild } from '../support/stopped-child.js';
import { CHOICE, rotated } from './rotation.js';
import { FORWARD_MOMENTS } from './stage.js';

const KILLED = 137;
const LEFT = 4;
const FAILED = 8;
const OPERATIONS: readonly ForwardOperation[] = ['archive', 'release', 'recall', 'remove'];
const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;

/** Owner rows as they could be found after the process id was given to another process, or after a reboot. */
const DISGUISES: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
  'as it was': {},
  'with the id of a process that lives': { pid: process.pid },
  'of another boot': { boot_id: '00000000-0000-0000-0000-000000000000' },
  'of a host that was renamed': { host: 'elsewhere' },
};

/** So many times fewer cases in a run of CI. */
const EVERY = 8;
const EVERY_MOMENT = 31;

describeAsRoot(`one at a time (${CHOICE})`, () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let folder: string;
  let content: Buffer;
  let count = 0;
  beforeEach(async () => {
    hsm ??= await Hsm.create(scratch());
    folder = `d${count++}`;
    fs.mkdirSync(hsm.at(folder));
    write();
  });

  function write(): void {
    content = randomBytes(30_000);
    for (const name of NAMES) fs.writeFileSync(hsm.at(`${folder}/${name}`), content);
  }

  const at = (): string => hsm.at(folder).toString();

  async function prepare(operation: ForwardOperation): Promise<void> {
    if (operation !== 'archive') await hsm.run('archive', [folder]);
    if (operation === 'recall') await hsm.run('release', [folder]);
  }

  /** Runs a command that stops at a step; acts, and lets the command go on. */
  async function whileStopped(
    args: readonly string[],
    step: StepName,
    act: (pid: number) => void | Promise<void>,
  ): Promise<ChildResult> {
    const running = hsm.child(args, `${step}=pause`);
    const pid = await stoppedChild(hsm.catalogPath);
    try {
      await act(pid);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    return running;
  }

  const outcomesOf = (child: ChildResult): unknown[] =>
    child.records().flatMap((record) => (record['type'] === 'file' ? [record['result']] : []));

  function disguise(columns: Readonly<Record<string, string | number>>): void {
    const database = new Database(hsm.catalogPath);
    const newest = '(SELECT owner_id FROM owner WHERE owner_id IN (SELECT owner_id FROM intent))';
    for (const [column, value] of Object.entries(columns)) {
      expect(database.prepare(`UPDATE owner SET ${column} = ? WHERE owner_id = ${newest}`).run(value).changes).toBe(1);
    }
    database.close();
  }

  const CASES = OPERATIONS.flatMap((operation) => Object.keys(DISGUISES).map((name) => [operation, name] as const));
  test.each(rotated(CASES, EVERY))(
    '%s at work is busy, killed it is interrupted; its owner %s',
    async (operation, name) => {
      await prepare(operation);
      let pid = 0;
      const { shellStatus } = await whileStopped(
        [operation, '-r', at()],
        `${operation}:after-mark`,
        async (stopped) => {
          pid = stopped;
          disguise(DISGUISES[name] ?? {});
          const others = await Promise.all(OPERATIONS.map((other) => hsm.child([other, '-r', at()])));
          for (const other of others) {
            expect(outcomesOf(other)).toEqual(NAMES.map(() => 'busy'));
            expect(other.status).toBe(LEFT);
          }
          const { actions } = await hsm.recover();
          expect(actions.map(({ result, class: found }) => `${found} ${result}`)).toEqual(
            NAMES.map(() => 'busy skipped'),
          );
          process.kill(pid, 'SIGKILL');
        },
      );
      expect(shellStatus).toBe(KILLED);

      const others = await Promise.all(OPERATIONS.map((other) => hsm.child([other, '-r', at()])));
      for (const other of others) expect(outcomesOf(other)).toEqual(NAMES.map(() => 'interrupted'));
      const findings = await hsm.findings('interrupted');
      expect(findings).toHaveLength(NAMES.length);
      for (const finding of findings) expect(finding.class).toMatch(/^(interrupted|open-intent)$/);
      for (const { why } of findings) expect(why).toMatch(/which is dead/);
      const { actions } = await hsm.recover();
      expect(actions.map(({ result }) => result)).toEqual(NAMES.map(() => 'done'));
      expect(await hsm.drift()).toEqual([]);
      await hsm.run('recall', [folder]);
      for (const file of NAMES) expect(fs.readFileSync(hsm.at(`${folder}/${file}`)).equals(content)).toBe(true);
    },
  );

  test.each(rotated(FORWARD_MOMENTS, EVERY_MOMENT))(
    'others come while it stands still at $step',
    async ({ step, start }) => {
      const operation = start === 'archive anew' ? 'archive' : start;
      await prepare(operation);
      if (start === 'archive anew') {
        await hsm.run('archive', [folder]);
        write();
      }
      const { status, stderr } = await whileStopped([operation, '-r', at()], step, async () => {
        const others = [
          ...OPERATIONS.map((other) => [other, '-r', at()]),
          ['recover', scratch().mountPoint, '--apply'],
        ];
        const results = await Promise.all(others.map((args) => hsm.child(args)));
        for (const other of results)
          expect({ stderr: other.stderr, failed: (other.status ?? FAILED) & FAILED }).toEqual({
            stderr: '',
            failed: 0,
          });
      });
      expect({ stderr, failed: (status ?? FAILED) & FAILED }).toEqual({ stderr: '', failed: 0 });
      expect(hsm.intents()).toEqual([]);
      expect(await hsm.drift()).toEqual([]);
      await hsm.run('recall', [folder]);
      for (const file of NAMES) expect(fs.readFileSync(hsm.at(`${folder}/${file}`)).equals(content)).toBe(true);
    },
  );

  // An open alone would break the lease, and the one at work would have to give way.
  test('what a living process is at work on is not even opened by a recovery that came too late to see it', async () => {
    await prepare('release');
    const released = await whileStopped(['release', '-r', at()], 'release:before-punch', async () => {
      const done = await new DamagedWorld(hsm).settleOne('interrupted', `${folder}/a`);
      expect(done).toEqual(['interrupted none - skipped']);
    });
    expect(outcomesOf(released)).toEqual(NAMES.map(() => 'released'));
  });

  test('two operations on one file: one of them runs', async () => {
    const children = await Promise.all(
      [...OPERATIONS, ...OPERATIONS].map((operation) => hsm.child([operation, '-r', at()])),
    );
    for (const { stderr, status } of children)
      expect({ stderr, status }).toEqual({ stderr: '', status: expect.toBeOneOf([0, LEFT]) });
    expect(hsm.intents()).toEqual([]);
    expect(await hsm.drift()).toEqual([]);
    await hsm.run('recall', [folder]);
    for (const file of NAMES) expect(fs.readFileSync(hsm.at(`${folder}/${file}`)).equals(content)).toBe(true);
  });

  test('a second recovery is refused while one is at work, and not after it was killed', async () => {
    await prepare('release');
    await hsm.child(['release', '-r', at()], 'release:before-punch#3=kill');
    const recover = ['recover', scratch().mountPoint, '--apply'];
    const first = await whileStopped(recover, 'recover:after-punch', async (pid) => {
      const second = await hsm.child(recover);
      expect(second.stderr).toContain('another "hsmck recover --apply" is at work');
      expect((second.status ?? 0) & FAILED).toBe(FAILED);
      // A dry run writes nothing and is welcome.
      expect((await hsm.child(['recover', scratch().mountPoint])).stderr).toBe('');
      process.kill(pid, 'SIGKILL');
    });
    expect(first.shellStatus).toBe(KILLED);
    const { actions } = await hsm.recover();
    // A release of the test before may have given way behind its mark: then the change time has moved, and is told of.
    const interrupted = actions.filter((action) => action.class !== 'metadata-changed');
    const told = interrupted.map((action) => [action.class, action.result, path.basename(String(action.path))]);
    expect(told).toEqual(NAMES.map((name) => ['interrupted', 'done', name]));
    expect(await hsm.drift()).toEqual([]);
  });

  test('a process whose leases are broken lives on, under a hail of signals', async () => {
    await prepare('release');
    let signals = 0;
    const released = await whileStopped(['release', '-r', at()], 'release:before-punch', (pid) => {
      const reader = runChild('cat', [`${at()}/a`]);
      const hail = setInterval(() => {
        signals += 1;
        if (fs.existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGIO');
      }, 1);
      // The reader is let in when the release has given way.
      void reader.finally(() => clearInterval(hail));
      return sleep(300);
    });
    expect(signals).toBeGreaterThan(10);
    expect({ status: released.status, stderr: released.stderr }).toEqual({ status: LEFT, stderr: '' });
    expect(outcomesOf(released).sort()).toEqual(['busy', 'released', 'released', 'released', 'released']);
    expect(hsm.intents()).toEqual([]);
  });

  test('the marks are not moved while another process does that', async () => {
    await prepare('release');
    const lock = path.join(`${hsm.catalogPath}.locks`, 'marks.lock');
    const reached = (): bigint => hsm.withCatalog(({ ops }) => ops.state().announcedLimit);
    const before = reached();
    const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; read line'], { stdio: ['pipe', 'pipe', 'ignore'] });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    const released = hsm.run('release', [folder]);
    await sleep(500);
    expect(reached()).toBe(before);
    holder.stdin.end('\n');
    expect((await released).map(({ result }) => result)).toEqual(NAMES.map(() => 'released'));
    expect(reached()).toBeGreaterThan(before);
  });

  // SQLite changes its journal at the first opening and the last closing, and has no patience with others there.
  test('the catalog can be opened while others open and close it', async () => {
    const program = `
      const { openCatalog } = await import(${JSON.stringify(builtFile('catalog/open-catalog.js'))});
      const [path, mode] = process.argv.slice(1);
      const end = Date.now() + 3000;
      while (Date.now() < end) openCatalog({ path, mode }).close();
      console.log('done');`;
    const users = ['write', 'write', 'write', 'read', 'read'].map((mode) =>
      runChild(process.execPath, ['--input-type=module', '--eval', program, hsm.catalogPath, mode]),
    );
    for (const { stdout, stderr } of await Promise.all(users))
      expect({ stdout, stderr }).toEqual({ stdout: 'done\n', stderr: '' });
  });

  // It was told as left behind by an operation that died.
  test('an operation that begins between the look at intents and the look at the file is busy', async () => {
    await prepare('release');
    const program = `
      const { openSession } = await import(${JSON.stringify(builtFile('migrate/open-session.js'))});
      const { takeHold } = await import(${JSON.stringify(builtFile('migrate/take-hold.js'))});
      const { resolvePath } = await import(${JSON.stringify(builtFile('migrate/resolve-path.js'))});
      const [catalogPath, mount, file, go] = process.argv.slice(1);
      const mountPath = Buffer.from(mount);
      const { signal } = new AbortController();
      const session = await openSession({ catalogPath, mountPath, command: 'release', passStep: () => {}, signal });
      const { mount: point } = session;
      const path = resolvePath(Buffer.from(file), point.mount.device, point.mountPath);
      const look = session.access.attribute.bind(session.access);
      const fs = await import('node:fs');
      let isFirst = true;
      session.access.attribute = (id) => {
        if (isFirst) {
          fs.writeFileSync(go, '');
          while (fs.existsSync(go)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        }
        isFirst = false;
        return look(id);
      };
      console.log(JSON.stringify(takeHold(session, 'release', path)));
      session.close();`;
    const go = path.join(scratch().folder, 'go');
    const looker = runChild(process.execPath, [
      ...['--input-type=module', '--eval', program],
      ...[hsm.catalogPath, scratch().mountPoint, `${at()}/a`, go],
    ]);
    while (!fs.existsSync(go)) await sleep(20);
    await whileStopped(['release', '-r', at()], 'release:after-mark', async () => {
      fs.rmSync(go);
      const { stdout, stderr } = await looker;
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject({ kind: 'stop', result: 'busy' });
    });
  });

  // Each made a store and a row of its own; afterwards no command could tell which was meant.
  test('one filesystem is registered once by two who do it at the same moment', async () => {
    for (let round = 0; round < 3; round++) {
      await withFilesystem({}, async (own) => {
        const fresh = await Hsm.unregistered(own);
        const init = ['init', own.mountPoint, '--archive', fresh.archiveDir, '--unguarded'];
        for (const { status, stderr } of await Promise.all([fresh.child(init), fresh.child(init)]))
          expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        expect(
          fresh.withCatalog(({ filesystems, stores }) => [filesystems.list().length, stores.list().length]),
        ).toEqual([1, 1]);
        fs.writeFileSync(fresh.at('file'), 'content');
        expect(await fresh.outcomes('archive', ['file'])).toEqual(['archived']);
      });
    }
  });

  test('a folder becomes the store of one catalog, whoever else is at it', async () => {
    const folders = Array.from({ length: 40 }, (_, index) => path.join(scratch().folder, `store ${index}`));
    const program = `
      const { PosixStore } = await import(${JSON.stringify(builtFile('archive/posix-store.js'))});
      const [catalogId, start, ...folders] = process.argv.slice(1);
      const made = {};
      for (const [index, folder] of folders.entries()) {
        while (Date.now() < Number(start) + index * 20);
        try {
          const store = await PosixStore.create(Buffer.from(folder), { catalogId, epoch: 1n, opLimit: 1n });
          made[folder] = store.storeId;
        } catch (error) {
          if (error.code !== 'ESTORE_FOREIGN') throw error;
        }
      }
      console.log(JSON.stringify(made));`;
    const start = String(Date.now() + 1500);
    const children = ['01890a5d-0000-774b-bcce-b302099a8051', '01890a5d-0000-774b-bcce-b302099a8052'].map((catalog) =>
      runChild(process.execPath, ['--input-type=module', '--eval', program, catalog, start, ...folders]),
    );
    const made = (await Promise.all(children)).map(({ stdout, stderr }) => {
      expect(stderr).toBe('');
      return JSON.parse(stdout) as Record<string, string>;
    });
    for (const folder of folders) {
      const { store_id: found } = JSON.parse(fs.readFileSync(path.join(folder, 'store.json'), 'utf8')) as {
        store_id: string;
      };
      expect(made.flatMap((one) => one[folder] ?? [])).toEqual([found]);
    }
  });

  // The flag of one that has just let go was believed, and the next one's taken away.
  test('a flag whose process lives is nobody’s leftover', async () => {
    const module = JSON.stringify(builtFile('scan/settle/freeze-flag.js'));
    const env = { HSMCK_RUN_FOLDER: path.join(scratch().folder, 'flags') };
    const holder = `
      const { holdFlag, raiseFlag } = await import(${module});
      const end = Date.now() + 3000;
      while (Date.now() < end) {
        const flag = holdFlag('7:1');
        if (flag === undefined) continue;
        raiseFlag(flag);
        flag.release();
      }
      console.log('done');`;
    const looker = `
      const { takeLeftFlags } = await import(${module});
      const end = Date.now() + 3000;
      let raised = 0;
      while (Date.now() < end) for (const left of takeLeftFlags()) {
        if (left.isRaised) raised += 1;
        left.lock.release();
      }
      console.log(raised);`;
    const run = (program: string): Promise<ChildResult> =>
      runChild(process.execPath, ['--input-type=module', '--eval', program], { env });
    const [held, looked] = await Promise.all([run(holder), run(looker)]);
    expect([held.stdout, looked.stdout, held.stderr + looked.stderr]).toEqual(['done\n', '0\n', '']);
  });

  // Whoever lets go takes the file away: a lock that comes a moment later, on a file without a name, excludes nobody.
  test('no two hold one lock', async () => {
    const program = `
      const { tryHold } = await import(${JSON.stringify(builtFile('catalog/owner-lock.js'))});
      const fs = await import('node:fs');
      const [file, marker] = ${JSON.stringify([path.join(scratch().folder, 'lock'), path.join(scratch().folder, 'marker')])};
      let held = 0;
      while (held < 3000) {
        const lock = tryHold(file);
        if (lock === undefined) continue;
        fs.closeSync(fs.openSync(marker, 'wx'));
        fs.rmSync(marker);
        lock.release();
        held += 1;
      }
      console.log(held);`;
    const holders = Array.from({ length: 3 }, () =>
      runChild(process.execPath, ['--input-type=module', '--eval', program]),
    );
    for (const { stdout, stderr } of await Promise.all(holders))
      expect({ stdout, stderr }).toEqual({ stdout: '3000\n', stderr: '' });
  });

  // Each look takes the owner's lock for a moment, and must not take another's look for the owner.
  test('the dead do not seem alive to many who look at once', async () => {
    await prepare('release');
    await hsm.child(['release', '-r', at()], 'release:before-punch=kill');
    const owner = hsm.withCatalog((catalog) => catalog.owners.listWithIntents())[0];
    expect(owner).toBeDefined();
    const program = `
      const { ownerIsAlive } = await import(${JSON.stringify(builtFile('catalog/owner-lock.js'))});
      const owner = { lockFile: Buffer.from(${JSON.stringify(owner?.lockFile.toString())}) };
      let alive = 0;
      for (let look = 0; look < 20_000; look++) if (ownerIsAlive(owner, ${JSON.stringify(hsm.catalogPath)})) alive += 1;
      console.log(alive);`;
    const lookers = Array.from({ length: 3 }, () =>
      runChild(process.execPath, ['--input-type=module', '--eval', program]),
    );
    expect((await Promise.all(lookers)).map(({ stdout }) => stdout.trim())).toEqual(['0', '0', '0']);
    await hsm.recover();
  });
});
